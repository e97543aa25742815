package io.diskless.netboot.simulate;

import io.diskless.netboot.Datagram;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * A machine's network card as its boot programs see it: UDP ports and TCP connections, to the standard's ports. A link may
 * translate them to others where its servers listen. Not thread-safe.
 */
public interface ClientLink extends AutoCloseable {
    /** One UDP port. Not thread-safe. */
    interface Udp extends AutoCloseable {
        /**
         * Sends a datagram.
         *
         * @param to where to; {@code 255.255.255.255} is everybody on the network
         * @param payload what it says
         * @throws IOException where the system refuses
         */
        void send(InetSocketAddress to, byte[] payload) throws IOException;

        /**
         * Takes the next datagram.
         *
         * @param atMost how long to wait for it, where waiting can help
         * @return the datagram, or empty where none came
         * @throws IOException where the system refuses
         */
        Optional<Datagram> receive(Duration atMost) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** One TCP connection. Not thread-safe. */
    interface Tcp extends AutoCloseable {
        /**
         * Sends octets.
         *
         * @param octets all of them
         * @throws IOException where the connection is gone
         */
        void write(byte[] octets) throws IOException;

        /**
         * Takes octets.
         *
         * @param into where to put them
         * @return how many, at least 1, or -1 where the server has closed
         * @throws IOException where nothing comes, or the connection is gone
         */
        int read(byte[] into) throws IOException;

        /**
         * Ends with a reset, as UEFI does.
         *
         * @throws IOException where the system refuses
         */
        void reset() throws IOException;

        @Override
        void close() throws IOException;
    }

    /**
     * Opens a port.
     *
     * @param port its number where the number means something: 68 and 4011; of others the link may choose another
     * @return the open port
     * @throws IOException where it cannot be had
     */
    Udp open(int port) throws IOException;

    /**
     * Connects.
     *
     * @param to where to
     * @return the connection
     * @throws IOException where nobody listens
     */
    Tcp connect(InetSocketAddress to) throws IOException;

    /**
     * The machine has an address from now on.
     *
     * @param address what DHCP gave it
     */
    void configured(Inet4Address address);

    @Override
    void close() throws IOException;
}
