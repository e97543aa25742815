package io.diskless.netboot.internal.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SegmentSocketTest {
    private static final int PATIENCE_MILLIS = 60_000;

    private final InetAddress loopback = InetAddress.getLoopbackAddress();

    @BeforeEach
    void needsLinux() {
        assumeThat(NativeSockets.obstacle()).isEmpty();
    }

    @Test
    void cutsWhatItSendsAndHearsNothingThatComesForTheOther() throws IOException {
        try (DatagramSocket client = new DatagramSocket(0, loopback);
                DatagramSocket other = new DatagramSocket(0, loopback);
                SegmentSocket segments = beside(other, client)) {
            SegmentSocket.Memory memory = new SegmentSocket.Memory();
            memory.data().put("onetwosix.".getBytes(US_ASCII));

            assertThat(segments.send(memory, 10, 3)).isEqualTo(SegmentSocket.Sent.ALL);

            for (String expected : new String[] {"one", "two", "six", "."}) {
                DatagramPacket got = receive(client);
                assertThat(text(got)).isEqualTo(expected);
                assertThat(got.getSocketAddress()).isEqualTo(other.getLocalSocketAddress());
            }
            client.send(new DatagramPacket("ack".getBytes(US_ASCII), 3, other.getLocalSocketAddress()));
            assertThat(text(receive(other))).isEqualTo("ack");
        }
    }

    @Test
    void sendsNothingOfWhatTheSystemDoesNotCut() throws IOException {
        try (DatagramSocket client = new DatagramSocket(0, loopback);
                DatagramSocket other = new DatagramSocket(0, loopback);
                SegmentSocket segments = beside(other, client)) {
            SegmentSocket.Memory memory = new SegmentSocket.Memory();
            memory.data().put(new byte[200]);

            assertThat(segments.send(memory, 200, 1)).isEqualTo(SegmentSocket.Sent.REFUSED);
            assertThat(segments.send(memory, 1, 1)).isEqualTo(SegmentSocket.Sent.ALL);

            assertThat(receive(client).getLength()).isOne();
            client.send(new DatagramPacket(new byte[2], 2, client.getLocalSocketAddress()));
            assertThat(receive(client).getLength()).as("nothing came between").isEqualTo(2);
        }
    }

    @Test
    void sharesItsPortWithNobodyElse() throws IOException {
        try (DatagramSocket client = new DatagramSocket(0, loopback);
                DatagramSocket other = new DatagramSocket(0, loopback);
                SegmentSocket segments = beside(other, client);
                DatagramSocket third = new DatagramSocket(null)) {
            assertThat(segments).isNotNull();
            third.setReuseAddress(true);
            assertThatThrownBy(() -> third.bind(other.getLocalSocketAddress())).isInstanceOf(BindException.class);
        }
    }

    @Test
    void isRefusedAPortThatIsNotShared() throws IOException {
        try (DatagramSocket client = new DatagramSocket(0, loopback);
                DatagramSocket other = new DatagramSocket(0, loopback)) {
            assertThatThrownBy(() -> SegmentSocket.open(address(other), address(client)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("binding to port %d: Address already in use", other.getLocalPort());
        }
    }

    private static SegmentSocket beside(DatagramSocket other, DatagramSocket client) throws IOException {
        other.setReuseAddress(true);
        try {
            return SegmentSocket.open(address(other), address(client));
        } finally {
            other.setReuseAddress(false);
        }
    }

    private static InetSocketAddress address(DatagramSocket socket) {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.receive(packet);
        return packet;
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
    }
}
