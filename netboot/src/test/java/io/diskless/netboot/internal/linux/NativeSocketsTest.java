package io.diskless.netboot.internal.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NativeSocketsTest {
    private final BlockingQueue<DeviceUdpSocket.Datagram> heard = new LinkedBlockingQueue<>();

    @Test
    void elsewhereItSaysWhyNot() {
        assertThat(NativeSockets.obstacle("Windows 11", "amd64"))
                .contains("such sockets exist on Linux only, this is Windows 11");
        assertThat(NativeSockets.obstacle("Linux", "riscv64").orElseThrow()).contains("riscv64");
    }

    @Test
    void aSocketOfAnInterfaceHearsWhatComesInThereBesideTheOneOfTheAddress() throws Exception {
        assumeTrue(NativeSockets.obstacle().isEmpty());
        InetAddress local = InetAddress.getLoopbackAddress();
        try (DatagramSocket own = new DatagramSocket(null)) {
            own.setReuseAddress(true);
            own.bind(new InetSocketAddress(local, 0));
            own.setSoTimeout(60_000);
            SocketThread.Builder builder = new SocketThread.Builder();
            DeviceUdpSocket device = DeviceUdpSocket.open("lo", own.getLocalPort(), 1 << 16);
            builder.udp(device, () -> device.receive().ifPresent(heard::add));
            try (SocketThread thread = builder.start("test");
                    DatagramSocket client = new DatagramSocket(0, local)) {
                assertThat(thread).isNotNull();
                client.send(datagram("for the address", "127.0.0.1", own.getLocalPort()));
                client.send(datagram("for the interface", "127.0.0.9", own.getLocalPort()));
                DeviceUdpSocket.Datagram first = heard.poll(60, TimeUnit.SECONDS);
                assertThat(first).isNotNull();
                assertThat(StandardCharsets.US_ASCII.decode(first.data()).toString())
                        .isEqualTo("for the interface");
                assertThat(first.from()).isEqualTo(client.getLocalSocketAddress());
                DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                own.receive(packet);
                assertThat(packet.getLength()).isEqualTo("for the address".length());
            }
        }
    }

    private static DatagramPacket datagram(String text, String to, int port) {
        return new DatagramPacket(
                text.getBytes(StandardCharsets.US_ASCII), text.length(), new InetSocketAddress(to, port));
    }

    @Test
    void anInterfaceThatIsNotThereIsAClearError() {
        assumeTrue(NativeSockets.obstacle().isEmpty());
        assertThatThrownBy(() -> DeviceUdpSocket.open("nowhere0", 40_000, 1 << 16))
                .isInstanceOf(IOException.class)
                .hasMessage("binding to interface nowhere0: there is no such interface");
    }
}
