package io.diskless.aoe.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.net.pcap.PcapFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures: recorded by a tee and played again. */
class PcapTest {
    private static final long NANOS = 1_700_000_000_123_456_789L;

    @TempDir
    private Path dir;

    private static ByteBuffer frame(int serial, int length) {
        ByteBuffer b = ByteBuffer.allocate(length);
        EthernetHeader.write(b, 0, 0x5254_0000_000BL, 0x5254_0000_000AL);
        b.putInt(20, serial);
        return b;
    }

    private static List<String> read(Path file) throws IOException {
        List<String> seen = new ArrayList<>();
        PcapFile.read(
                file,
                (nanos, b, captured, original) ->
                        seen.add(nanos + " " + b.getInt(20) + " " + captured + "/" + original));
        return seen;
    }

    @Test
    void aDamagedCaptureCannotBePlayed() throws Exception {
        Path file = Files.write(dir.resolve("text"), new byte[64]);
        EthernetLink port = EthernetSegment.virtual().attach("a", MacAddress.parse("52:54:00:00:00:0a"), 1500);
        assertThatThrownBy(() -> PcapLink.replay(file, port, null))
                .isInstanceOfSatisfying(
                        AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.CORRUPT))
                .hasMessageContaining("expected magic");
    }

    @Test
    void aTeeRecordsBothDirectionsAndItsCaptureCanBePlayed() throws Exception {
        EthernetSegment segment = EthernetSegment.virtual();
        SegmentPort a = segment.attach("a", MacAddress.parse("52:54:00:00:00:0a"), 1500);
        SegmentPort b = segment.attach("b", MacAddress.parse("52:54:00:00:00:0b"), 1500);
        Path file = dir.resolve("tee.pcap");
        long[] time = {NANOS};
        try (PcapLink tee = PcapLink.tee(b, file, () -> time[0]++);
                LinkWaiter waiter = LinkWaiter.of(List.of(a, tee))) {
            waiter.await(0);
            send(a, b.address(), 1);
            assertThat(tee.receive(f -> {}, 10)).isEqualTo(1);
            send(tee, a.address(), 2);
            assertThat(a.receive(f -> {}, 10)).isEqualTo(1);
        }
        assertThat(b.state()).isEqualTo(LinkState.CLOSED);
        assertThat(read(file)).containsExactly(NANOS + " 1 60/60", (NANOS + 1) + " 2 60/60");
        SegmentPort again = segment.attach("b", MacAddress.parse("52:54:00:00:00:0b"), 1500);
        assertThat(PcapLink.replay(file, a, a.address())).isEqualTo(1);
        List<Integer> seen = new ArrayList<>();
        again.receive(f -> seen.add(f.bytes().getInt(20)), 10);
        assertThat(seen).containsExactly(1);
        assertThat(PcapLink.replay(file, a, null)).isEqualTo(2);
    }

    private static void send(EthernetLink from, MacAddress to, int serial) {
        Frame frame = from.claim();
        assertThat(frame).isNotNull();
        frame.bytes().put(0, frame(serial, 60), 0, 60);
        EthernetHeader.write(frame.bytes(), 0, to.value(), from.address().value());
        from.commit(60);
        from.flush();
    }
}
