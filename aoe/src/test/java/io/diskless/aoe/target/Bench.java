package io.diskless.aoe.target;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.link.SegmentPort;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.aoe.wire.ReserveFields;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** A target and one client on a virtual segment, polled by the test. */
final class Bench implements AutoCloseable {
    static final MacAddress TARGET = MacAddress.parse("02:00:00:00:00:0a");
    static final MacAddress CLIENT = MacAddress.parse("02:00:00:00:00:01");
    static final AoeAddress E1_2 = new AoeAddress(1, 2);
    private static final int AT = AoeHeader.AT;

    final EthernetSegment segment = EthernetSegment.virtual();
    final SegmentPort port;
    final SegmentPort client;
    final AoeTarget target;
    final List<TargetEvent> events = new ArrayList<>();

    Bench() {
        this(1500, b -> b);
    }

    Bench(int mtu, UnaryOperator<TargetOptions.Builder> options) {
        port = segment.attach("p0", TARGET, mtu);
        client = segment.attach("c0", CLIENT, mtu);
        target = AoeTarget.create(options.apply(TargetOptions.builder()
                        .clock(segment.clock())
                        .firmware(0x4019)
                        .listener(events::add))
                .build());
        try {
            target.attach(port);
        } catch (AoeException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits longer than any busy machine takes. */
    static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofMinutes(2));
    }

    /** Polls until nothing moves, and returns what the client got. */
    List<byte[]> received() {
        return received(client);
    }

    List<byte[]> received(SegmentPort at) {
        List<byte[]> got = new ArrayList<>();
        for (int quiet = 0; quiet < 2; ) {
            int work = target.poll();
            work += at.receive(
                    frame -> {
                        byte[] copy = new byte[frame.length()];
                        frame.bytes().get(0, copy);
                        got.add(copy);
                    },
                    64);
            quiet = work == 0 ? quiet + 1 : 0;
        }
        return got;
    }

    /** Sends a frame and returns the answers. */
    List<byte[]> ask(byte[] frame) {
        received();
        send(client, frame);
        return received();
    }

    byte[] askOne(byte[] frame) {
        List<byte[]> answers = ask(frame);
        if (answers.size() != 1) {
            throw new AssertionError("expected one answer, got " + answers.size());
        }
        return answers.get(0);
    }

    static void send(SegmentPort from, byte[] frame) {
        var slot = from.claim();
        slot.bytes().put(0, frame);
        from.commit(frame.length);
        from.flush();
    }

    /** Bytes behind the Ethernet header, as the spec's examples show them; spaces and bars are for people. */
    static byte[] frame(String hex) {
        return frame(CLIENT, TARGET, hex);
    }

    static byte[] frame(MacAddress from, MacAddress to, String hex) {
        byte[] body = HexFormat.of().parseHex(hex.replaceAll("[ |]", ""));
        ByteBuffer b = ByteBuffer.allocate(14 + body.length);
        EthernetHeader.write(b, 0, to.value(), from.value());
        b.put(14, body);
        return b.array();
    }

    static String body(byte[] frame) {
        return HexFormat.of().formatHex(frame, 14, frame.length);
    }

    static byte[] ata(
            AoeAddress address, int tag, int flags, int features, int count, int opcode, long lba, byte... data) {
        ByteBuffer b = ByteBuffer.allocate(AtaFields.DATA_AT + data.length);
        EthernetHeader.write(b, 0, TARGET.value(), CLIENT.value());
        AoeHeader.write(b, AT, 0, 0, address.shelf(), address.slot(), AoeHeader.CMD_ATA, tag);
        AtaFields.write(b, AT, flags, features, count, opcode, lba);
        b.put(AtaFields.DATA_AT, data);
        return b.array();
    }

    static byte[] read(int tag, long lba, int count) {
        return ata(E1_2, tag, 0x40, 0, count, 0x24, lba);
    }

    static byte[] write(int tag, long lba, byte... data) {
        return ata(E1_2, tag, 0x41, 0, data.length / 512, 0x34, lba, data);
    }

    static byte[] config(int tag, int command, byte... string) {
        ByteBuffer b = ByteBuffer.allocate(AT + ConfigFields.LENGTH + string.length);
        EthernetHeader.write(b, 0, TARGET.value(), CLIENT.value());
        AoeHeader.write(b, AT, 0, 0, 1, 2, AoeHeader.CMD_CONFIG, tag);
        ConfigFields.write(b, AT, 0, 0, 0, 0, command, string.length);
        b.put(AT + ConfigFields.LENGTH, string);
        return b.array();
    }

    static byte[] mask(int tag, int command, long... directives) {
        ByteBuffer b = ByteBuffer.allocate(AT + MaskFields.LENGTH + directives.length * 8);
        EthernetHeader.write(b, 0, TARGET.value(), CLIENT.value());
        AoeHeader.write(b, AT, 0, 0, 1, 2, AoeHeader.CMD_MASK, tag);
        MaskFields.write(b, AT, command, 0, directives.length);
        for (int i = 0; i < directives.length; i++) {
            MaskFields.writeDirective(b, AT, i, (int) (directives[i] >>> 48), directives[i] & 0xFFFF_FFFF_FFFFL);
        }
        return b.array();
    }

    static byte[] reserve(MacAddress from, int tag, int command, MacAddress... list) {
        ByteBuffer b = ByteBuffer.allocate(AT + ReserveFields.LENGTH + list.length * 6);
        EthernetHeader.write(b, 0, TARGET.value(), from.value());
        AoeHeader.write(b, AT, 0, 0, 1, 2, AoeHeader.CMD_RESERVE, tag);
        ReserveFields.write(b, AT, command, list.length);
        for (int i = 0; i < list.length; i++) {
            ReserveFields.writeMac(b, AT, i, list[i].value());
        }
        return b.array();
    }

    static int status(byte[] answer) {
        return answer[27] & 0xFF;
    }

    static int error(byte[] answer) {
        return answer[25] & 0xFF;
    }

    static int aoeError(byte[] answer) {
        return (answer[14] & 4) == 0 ? 0 : answer[15] & 0xFF;
    }

    static long lba(byte[] answer) {
        return AtaFields.lba48(ByteBuffer.wrap(answer), AT);
    }

    static byte[] data(byte[] answer, int bytes) {
        byte[] data = new byte[bytes];
        System.arraycopy(answer, 36, data, 0, bytes);
        return data;
    }

    static byte[] sectors(int count, int seed) {
        byte[] data = new byte[count * 512];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (seed * 31 + i * 7 + (i >>> 9));
        }
        return data;
    }

    @Override
    public void close() throws AoeException {
        target.close();
        port.close();
        client.close();
    }
}
