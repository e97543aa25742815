package io.diskless.aoe.wire;

import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.net.Octets;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Between frames and {@link AoeMessage}s: all of it by the accessors of the hot face. */
final class MessageCodec {
    private MessageCodec() {}

    static Optional<AoeMessage> decode(ByteBuffer b, int frame, int length) {
        Verdict door = FrameValidator.envelope(b, frame, length);
        if (door != Verdict.ACCEPTED) {
            return Optional.empty();
        }
        int at = FrameValidator.headerAt(b, frame);
        int end = frame + length;
        AoeEnvelope envelope = envelope(b, frame, at);
        Verdict structure = FrameValidator.structure(b, at, end - at);
        int command = AoeHeader.command(b, at);
        if (structure != Verdict.ACCEPTED) {
            return Optional.of(new OpaqueMessage(envelope, command, structure, octets(b, at + AoeHeader.LENGTH, end)));
        }
        return Optional.of(
                switch (command) {
                    case AoeHeader.CMD_ATA -> ata(envelope, b, at, end);
                    case AoeHeader.CMD_CONFIG -> config(envelope, b, at, end);
                    case AoeHeader.CMD_MASK -> mask(envelope, b, at, end);
                    default -> reserve(envelope, b, at, end);
                });
    }

    private static AoeEnvelope envelope(ByteBuffer b, int frame, int at) {
        boolean tagged = at - frame == EthernetHeader.TAGGED_LENGTH;
        return new AoeEnvelope(
                MacAddress.of(EthernetHeader.destination(b, frame)),
                MacAddress.of(EthernetHeader.source(b, frame)),
                tagged ? OptionalInt.of(EthernetHeader.tagControl(b, frame)) : OptionalInt.empty(),
                AoeHeader.version(b, at),
                AoeHeader.flags(b, at),
                AoeHeader.error(b, at),
                AoeHeader.shelf(b, at),
                AoeHeader.slot(b, at),
                AoeHeader.tag(b, at));
    }

    private static AtaMessage ata(AoeEnvelope envelope, ByteBuffer b, int at, int end) {
        return new AtaMessage(
                envelope,
                AtaFields.flags(b, at),
                AtaFields.features(b, at),
                AtaFields.count(b, at),
                AtaFields.command(b, at),
                AtaFields.lba48(b, at),
                AtaFields.reserved(b, at),
                octets(b, at + AtaFields.LENGTH, end));
    }

    private static ConfigMessage config(AoeEnvelope envelope, ByteBuffer b, int at, int end) {
        int string = at + ConfigFields.LENGTH;
        int behind = string + ConfigFields.stringLength(b, at);
        return new ConfigMessage(
                envelope,
                ConfigFields.bufferCount(b, at),
                ConfigFields.firmware(b, at),
                ConfigFields.sectorCount(b, at),
                ConfigFields.aoeVersion(b, at),
                ConfigFields.command(b, at),
                octets(b, string, behind),
                octets(b, behind, end));
    }

    private static MaskMessage mask(AoeEnvelope envelope, ByteBuffer b, int at, int end) {
        int error = MaskFields.error(b, at);
        int count = MaskFields.count(b, at);
        int listed = MaskMessage.hasList(envelope.isResponse(), error) ? count : 0;
        List<MaskMessage.Directive> directives = new ArrayList<>(listed);
        for (int i = 0; i < listed; i++) {
            directives.add(new MaskMessage.Directive(
                    MaskFields.directiveReserved(b, at, i),
                    MaskFields.directive(b, at, i),
                    MacAddress.of(MaskFields.mac(b, at, i))));
        }
        int behind = at + MaskFields.LENGTH + listed * MaskFields.DIRECTIVE_LENGTH;
        return new MaskMessage(
                envelope,
                MaskFields.reserved(b, at),
                MaskFields.command(b, at),
                error,
                count,
                directives,
                octets(b, behind, end));
    }

    private static ReserveMessage reserve(AoeEnvelope envelope, ByteBuffer b, int at, int end) {
        int count = ReserveFields.count(b, at);
        List<MacAddress> macs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            macs.add(MacAddress.of(ReserveFields.mac(b, at, i)));
        }
        int behind = at + ReserveFields.LENGTH + count * ReserveFields.MAC_LENGTH;
        return new ReserveMessage(envelope, ReserveFields.command(b, at), macs, octets(b, behind, end));
    }

    private static Octets octets(ByteBuffer b, int from, int to) {
        return Octets.copy(b, from, to - from);
    }

    static int length(AoeMessage message) {
        int argument;
        if (message instanceof AtaMessage m) {
            argument = AtaFields.LENGTH - AoeHeader.LENGTH + m.payload().size();
        } else if (message instanceof ConfigMessage m) {
            argument = ConfigFields.LENGTH
                    - AoeHeader.LENGTH
                    + m.string().size()
                    + m.trailing().size();
        } else if (message instanceof MaskMessage m) {
            argument = MaskFields.LENGTH
                    - AoeHeader.LENGTH
                    + m.directives().size() * MaskFields.DIRECTIVE_LENGTH
                    + m.trailing().size();
        } else if (message instanceof ReserveMessage m) {
            argument = ReserveFields.LENGTH
                    - AoeHeader.LENGTH
                    + m.macs().size() * ReserveFields.MAC_LENGTH
                    + m.trailing().size();
        } else {
            argument = ((OpaqueMessage) message).argument().size();
        }
        return message.envelope().length() + argument;
    }

    static int encode(AoeMessage message, ByteBuffer b, int frame) {
        int at = encode(message.envelope(), message.aoeCommand(), b, frame);
        if (message instanceof AtaMessage m) {
            AtaFields.write(
                    b, at, m.flags(), m.featuresOrError(), m.count(), m.commandOrStatus(), m.lba(), m.reserved());
            m.payload().copyTo(b, at + AtaFields.LENGTH);
        } else if (message instanceof ConfigMessage m) {
            int string = m.string().size();
            ConfigFields.write(
                    b, at, m.bufferCount(), m.firmware(), m.sectorCount(), m.aoeVersion(), m.command(), string);
            m.string().copyTo(b, at + ConfigFields.LENGTH);
            m.trailing().copyTo(b, at + ConfigFields.LENGTH + string);
        } else if (message instanceof MaskMessage m) {
            mask(m, b, at);
        } else if (message instanceof ReserveMessage m) {
            int count = m.macs().size();
            ReserveFields.write(b, at, m.command(), count);
            for (int i = 0; i < count; i++) {
                ReserveFields.writeMac(b, at, i, m.macs().get(i).value());
            }
            m.trailing().copyTo(b, at + ReserveFields.LENGTH + count * ReserveFields.MAC_LENGTH);
        } else {
            ((OpaqueMessage) message).argument().copyTo(b, at + AoeHeader.LENGTH);
        }
        return length(message);
    }

    private static int encode(AoeEnvelope e, int command, ByteBuffer b, int frame) {
        long destination = e.destination().value();
        long source = e.source().value();
        if (e.tagControl().isPresent()) {
            EthernetHeader.writeTagged(
                    b, frame, destination, source, e.tagControl().getAsInt());
        } else {
            EthernetHeader.write(b, frame, destination, source);
        }
        int at = FrameValidator.headerAt(b, frame);
        AoeHeader.write(b, at, e.version(), e.flags(), e.error(), e.shelf(), e.slot(), command, e.tag());
        return at;
    }

    private static void mask(MaskMessage m, ByteBuffer b, int at) {
        MaskFields.write(b, at, m.command(), m.error(), m.count());
        MaskFields.reserved(b, at, m.reserved());
        int listed = m.directives().size();
        for (int i = 0; i < listed; i++) {
            MaskMessage.Directive directive = m.directives().get(i);
            MaskFields.writeDirective(
                    b, at, i, directive.command(), directive.mac().value());
            MaskFields.directiveReserved(b, at, i, directive.reserved());
        }
        m.trailing().copyTo(b, at + MaskFields.LENGTH + listed * MaskFields.DIRECTIVE_LENGTH);
    }
}
