package io.diskless.aoe.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.net.Octets;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** Ties the two faces of the format: what a record says, the accessors read, and the other way round. */
class AoeMessageProperties {
    @Property
    void aMessageComesBackFromItsFrame(@ForAll("messages") AoeMessage message) {
        byte[] frame = message.toFrame();

        assertThat(frame).hasSize(message.length());
        assertThat(AoeMessage.decode(Frames.guarded(frame), 0, frame.length)).contains(message);
    }

    @Property
    void theAccessorsReadWhatTheRecordSays(@ForAll("messages") AoeMessage message) {
        ByteBuffer b = Frames.guarded(message.toFrame());
        int at = FrameValidator.headerAt(b, 0);
        AoeEnvelope e = message.envelope();

        assertThat(EthernetHeader.destination(b, 0)).isEqualTo(e.destination().value());
        assertThat(EthernetHeader.source(b, 0)).isEqualTo(e.source().value());
        assertThat(at).isEqualTo(e.tagControl().isPresent() ? 18 : 14);
        e.tagControl()
                .ifPresent(tci -> assertThat(EthernetHeader.tagControl(b, 0)).isEqualTo(tci));
        assertThat(AoeHeader.version(b, at)).isEqualTo(e.version());
        assertThat(AoeHeader.flags(b, at)).isEqualTo(e.flags());
        assertThat(AoeHeader.isResponse(b, at)).isEqualTo(e.isResponse());
        assertThat(AoeHeader.isError(b, at)).isEqualTo(e.isError());
        assertThat(AoeHeader.error(b, at)).isEqualTo(e.error());
        assertThat(AoeHeader.shelf(b, at)).isEqualTo(e.shelf());
        assertThat(AoeHeader.slot(b, at)).isEqualTo(e.slot());
        assertThat(AoeHeader.tag(b, at)).isEqualTo(e.tag());
        assertThat(AoeHeader.command(b, at)).isEqualTo(message.aoeCommand());
        if (message instanceof AtaMessage m) {
            assertThat(AtaFields.flags(b, at)).isEqualTo(m.flags());
            assertThat(AtaFields.features(b, at)).isEqualTo(m.featuresOrError());
            assertThat(AtaFields.error(b, at)).isEqualTo(m.featuresOrError());
            assertThat(AtaFields.count(b, at)).isEqualTo(m.count());
            assertThat(AtaFields.command(b, at)).isEqualTo(m.commandOrStatus());
            assertThat(AtaFields.status(b, at)).isEqualTo(m.commandOrStatus());
            assertThat(AtaFields.lba48(b, at)).isEqualTo(m.lba());
            assertThat(AtaFields.lba28(b, at)).isEqualTo(m.lba() & 0x0FFF_FFFFL);
            assertThat(AtaFields.lba(b, at)).isEqualTo(m.sector());
            for (int i = 0; i < 6; i++) {
                assertThat(AtaFields.lbaByte(b, at, i)).isEqualTo((int) (m.lba() >>> (8 * i)) & 0xFF);
            }
            assertThat(AtaFields.reserved(b, at)).isEqualTo(m.reserved());
            assertThat(rest(b, at + AtaFields.LENGTH)).isEqualTo(m.payload());
        } else if (message instanceof ConfigMessage m) {
            assertThat(ConfigFields.bufferCount(b, at)).isEqualTo(m.bufferCount());
            assertThat(ConfigFields.firmware(b, at)).isEqualTo(m.firmware());
            assertThat(ConfigFields.sectorCount(b, at)).isEqualTo(m.sectorCount());
            assertThat(ConfigFields.aoeVersion(b, at)).isEqualTo(m.aoeVersion());
            assertThat(ConfigFields.command(b, at)).isEqualTo(m.command());
            assertThat(ConfigFields.stringLength(b, at)).isEqualTo(m.string().size());
            assertThat(Octets.copy(b, at + ConfigFields.LENGTH, m.string().size()))
                    .isEqualTo(m.string());
        } else if (message instanceof MaskMessage m) {
            assertThat(MaskFields.command(b, at)).isEqualTo(m.command());
            assertThat(MaskFields.error(b, at)).isEqualTo(m.error());
            assertThat(MaskFields.count(b, at)).isEqualTo(m.count());
            for (int i = 0; i < m.directives().size(); i++) {
                assertThat(MaskFields.directive(b, at, i))
                        .isEqualTo(m.directives().get(i).command());
                assertThat(MaskFields.mac(b, at, i))
                        .isEqualTo(m.directives().get(i).mac().value());
            }
        } else if (message instanceof ReserveMessage m) {
            assertThat(ReserveFields.command(b, at)).isEqualTo(m.command());
            assertThat(ReserveFields.count(b, at)).isEqualTo(m.macs().size());
            for (int i = 0; i < m.macs().size(); i++) {
                assertThat(ReserveFields.mac(b, at, i))
                        .isEqualTo(m.macs().get(i).value());
            }
        }
    }

    /** Whatever comes in, what was decoded gives the same bytes back. */
    @Property(tries = 5000)
    void anyFrameComesBackFromItsMessage(@ForAll("frames") byte[] frame) {
        Optional<AoeMessage> message = AoeMessage.decode(Frames.guarded(frame), 0, frame.length);

        message.ifPresent(m -> assertThat(m.toFrame()).isEqualTo(frame));
        Verdict verdict = FrameValidator.request(Frames.guarded(frame), 0, frame.length);
        assertThat(message.isEmpty())
                .isEqualTo(verdict == Verdict.SHORT_ETHERNET
                        || verdict == Verdict.NOT_AOE
                        || verdict == Verdict.SHORT_HEADER
                        || (verdict == Verdict.GROUP_SOURCE && isShort(frame)));
    }

    /** A group source is said before a short header. */
    private static boolean isShort(byte[] frame) {
        return frame.length < FrameValidator.headerAt(ByteBuffer.wrap(frame), 0) + AoeHeader.LENGTH;
    }

    /** What the validator lets in is never opaque, and what it keeps out for its structure always is. */
    @Property(tries = 5000)
    void theValidatorAndTheDecoderAgree(@ForAll("frames") byte[] frame) {
        ByteBuffer b = Frames.guarded(frame);
        Optional<AoeMessage> message = AoeMessage.decode(b, 0, frame.length);
        boolean response = message.map(m -> m.envelope().isResponse()).orElse(false);
        Verdict verdict =
                response ? FrameValidator.response(b, 0, frame.length) : FrameValidator.request(b, 0, frame.length);

        if (verdict == Verdict.ACCEPTED) {
            assertThat(message).hasValueSatisfying(m -> assertThat(m).isNotInstanceOf(OpaqueMessage.class));
        }
        if (message.orElse(null) instanceof OpaqueMessage opaque) {
            assertThat(verdict)
                    .isIn(
                            opaque.verdict(),
                            Verdict.ACCEPTED_ERROR,
                            Verdict.BAD_VERSION,
                            Verdict.GROUP_SOURCE,
                            Verdict.MASK_COMMAND,
                            Verdict.RESERVE_COMMAND);
        }
    }

    /** Padding is invisible to the validator: a good frame stays good and the same with any tail. */
    @Property
    void aTailChangesNothing(@ForAll("messages") AoeMessage message, @ForAll @Size(max = 70) byte[] tail) {
        byte[] frame = message.toFrame();
        byte[] longer = java.util.Arrays.copyOf(frame, frame.length + tail.length);
        System.arraycopy(tail, 0, longer, frame.length, tail.length);

        Verdict bare = FrameValidator.request(Frames.guarded(frame), 0, frame.length);
        if (bare == Verdict.ACCEPTED) {
            assertThat(FrameValidator.request(Frames.guarded(longer), 0, longer.length))
                    .isEqualTo(bare);
        }
        Verdict answer = FrameValidator.response(Frames.guarded(frame), 0, frame.length);
        if (answer == Verdict.ACCEPTED) {
            assertThat(FrameValidator.response(Frames.guarded(longer), 0, longer.length))
                    .isEqualTo(answer);
        }
    }

    /** Cutting a good frame short is noticed as soon as a byte that counts is missing. */
    @Property
    void aCutFrameIsNoticed(@ForAll("requests") AoeMessage request) {
        byte[] frame = request.toFrame();
        assertThat(FrameValidator.request(Frames.guarded(frame), 0, frame.length))
                .isEqualTo(Verdict.ACCEPTED);
        for (int length = 0; length < frame.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(frame, length);
            assertThat(FrameValidator.request(Frames.guarded(cut), 0, length))
                    .as("%d of %d bytes", length, frame.length)
                    .isNotEqualTo(Verdict.ACCEPTED);
        }
    }

    private static Octets rest(ByteBuffer b, int from) {
        return Octets.copy(b, from, b.limit() - from);
    }

    @Provide
    Arbitrary<AoeMessage> messages() {
        Arbitrary<AoeEnvelope> envelope = envelopes();
        Arbitrary<AtaMessage> ata = Combinators.combine(
                        envelope, bits(8), bits(8), bits(8), bits(8), longs48(), bits(16), octets(600))
                .as(AtaMessage::new);
        Arbitrary<ConfigMessage> config = Combinators.combine(
                        envelope, bits(16), bits(16), bits(8), bits(4), bits(4), octets(1024), octets(40))
                .as(ConfigMessage::new);
        Arbitrary<MaskMessage.Directive> directive =
                Combinators.combine(bits(8), bits(8), macs()).as(MaskMessage.Directive::new);
        Arbitrary<MaskMessage> mask = Combinators.combine(
                        envelope,
                        bits(8),
                        bits(8),
                        bits(2),
                        bits(8),
                        directive.list().ofMaxSize(255),
                        octets(40))
                .as((e, reserved, command, error, count, list, tail) -> e.isResponse() && error != 0
                        ? new MaskMessage(e, reserved, command, error, count, List.of(), tail)
                        : new MaskMessage(e, reserved, command, error, list.size(), list, tail));
        Arbitrary<ReserveMessage> reserve = Combinators.combine(
                        envelope, bits(8), macs().list().ofMaxSize(255), octets(40))
                .as(ReserveMessage::new);
        Arbitrary<OpaqueMessage> opaque = Combinators.combine(
                        envelope, Arbitraries.integers().between(4, 255), octets(100))
                .as(OpaqueMessage::of);
        return Arbitraries.oneOf(ata, config, mask, reserve, opaque);
    }

    /** Requests that are accepted and end where their last byte that counts ends. */
    @Provide
    Arbitrary<AoeMessage> requests() {
        Arbitrary<AoeEnvelope> envelope = Combinators.combine(macs(), unicast(), bits(16), bits(8), bits(32))
                .as((dst, src, shelf, slot, tag) ->
                        new AoeEnvelope(dst, src, OptionalInt.empty(), 1, 0, 0, shelf, slot, tag));
        Arbitrary<Integer> opcodes = Arbitraries.of(
                AtaCommand.WRITE,
                AtaCommand.WRITE_EXT,
                AtaCommand.WRITE_DMA,
                AtaCommand.DATA_SET_MANAGEMENT,
                AtaCommand.READ_EXT,
                AtaCommand.FLUSH);
        Arbitrary<AoeMessage> ata = Combinators.combine(
                        envelope, opcodes, Arbitraries.integers().between(1, 3), longs48())
                .as((e, opcode, count, lba) -> {
                    int bytes = AtaCommand.bytesOut(opcode, 1, count);
                    return new AtaMessage(e, 0, 1, count, opcode, lba, 0, Octets.of(new byte[bytes]));
                });
        Arbitrary<AoeMessage> config = Combinators.combine(
                        envelope, Arbitraries.integers().between(0, 4), octets(1024))
                .as(ConfigMessage::request);
        Arbitrary<AoeMessage> mask = Combinators.combine(
                        envelope,
                        Combinators.combine(bits(8), bits(8), macs())
                                .as(MaskMessage.Directive::new)
                                .list()
                                .ofMaxSize(255))
                .as((e, list) -> MaskMessage.request(e, MaskFields.EDIT, list));
        Arbitrary<AoeMessage> reserve = Combinators.combine(
                        envelope,
                        Arbitraries.integers().between(0, 2),
                        macs().list().ofMaxSize(255))
                .as(ReserveMessage::request);
        return Arbitraries.oneOf(ata, config, mask, reserve);
    }

    /** Anything: noise, noise behind a good Ethernet header, and messages with some bytes changed and the end cut. */
    @Provide
    Arbitrary<byte[]> frames() {
        Arbitrary<byte[]> noise = Arbitraries.bytes().array(byte[].class).ofMaxSize(100);
        Arbitrary<byte[]> behindHeader = Combinators.combine(Arbitraries.of(true, false), noise)
                .as((tagged, tail) -> {
                    String tag = tagged ? "8100 0007" : "";
                    byte[] head = Frames.bytes("02000000000a 020000000001", tag, "88a2 10 00 0001 02");
                    ByteBuffer b = ByteBuffer.allocate(head.length + tail.length);
                    return b.put(head).put(tail).array();
                });
        Arbitrary<byte[]> changed = Combinators.combine(
                        messages(),
                        Arbitraries.integers().between(0, 70),
                        Arbitraries.bytes(),
                        Arbitraries.integers().between(0, 30))
                .as((message, index, value, cut) -> {
                    byte[] frame = message.toFrame();
                    if (index < frame.length) {
                        frame[index] = value;
                    }
                    return java.util.Arrays.copyOf(frame, Math.max(0, frame.length - cut));
                });
        return Arbitraries.oneOf(noise, behindHeader, changed);
    }

    private static Arbitrary<AoeEnvelope> envelopes() {
        Arbitrary<OptionalInt> tags =
                Arbitraries.oneOf(Arbitraries.just(OptionalInt.empty()), bits(16).map(OptionalInt::of));
        return Combinators.combine(macs(), macs(), tags, bits(4), bits(4), bits(8), bits(16), bits(32))
                .as((dst, src, tci, version, flags, error, address, tag) ->
                        new AoeEnvelope(dst, src, tci, version, flags, error, address, address & 0xFF, tag));
    }

    private static Arbitrary<Integer> bits(int width) {
        return width == 32 ? Arbitraries.integers() : Arbitraries.integers().between(0, (1 << width) - 1);
    }

    private static Arbitrary<Long> longs48() {
        return Arbitraries.longs().between(0, 0xFFFF_FFFF_FFFFL);
    }

    private static Arbitrary<MacAddress> macs() {
        return longs48().map(MacAddress::of);
    }

    private static Arbitrary<MacAddress> unicast() {
        return longs48().map(mac -> MacAddress.of(mac & ~0x0100_0000_0000L));
    }

    private static Arbitrary<Octets> octets(int max) {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(max).map(Octets::of);
    }
}
