package io.diskless.drbd.peer;

import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A wire between a kernel and us that can be told to flip one bit: everything that either side sends passes here. The
 * kernel knows it by our address, we know it by two ports of the loopback. Thread-safe.
 */
final class FlippingWire implements AutoCloseable {

    /** A payload is known by so many equal bytes on end, which nothing but a payload has. */
    private static final int RUN = 64;

    /** No byte has this value. */
    private static final int NOTHING = Integer.MAX_VALUE;

    private final InetSocketAddress kernel;
    private final ServerSocket fromKernel;
    private final ServerSocket fromUs;
    private final InetSocketAddress us;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger wanted = new AtomicInteger(NOTHING);

    /** A wire to that kernel, which is configured to find us at {@link JavaPeer#PORT}. */
    FlippingWire(KernelNode node) throws IOException {
        kernel = new InetSocketAddress(node.address(), JavaPeer.PORT);
        InetAddress loopback = InetAddress.getLoopbackAddress();
        fromKernel = listen(new InetSocketAddress(Lan.host(), JavaPeer.PORT));
        fromUs = listen(new InetSocketAddress(loopback, JavaPeer.PORT + 1));
        us = new InetSocketAddress(loopback, JavaPeer.PORT);
        start(() -> accept(fromKernel, us), "wire from the kernel");
        start(() -> accept(fromUs, kernel), "wire from us");
    }

    /** Where we listen. */
    InetSocketAddress ours() {
        return us;
    }

    /** Where we find the kernel. */
    InetSocketAddress kernels() {
        return new InetSocketAddress(us.getAddress(), fromUs.getLocalPort());
    }

    /** The next payload of {@value #RUN} or more of these bytes on end, whoever sends it, arrives with one bit flipped. */
    void flipOneBitAmong(byte content) {
        wanted.set(content);
    }

    /** Whether a bit was flipped since it was last asked for. */
    boolean hasFlipped() {
        return wanted.get() == NOTHING;
    }

    private static ServerSocket listen(InetSocketAddress at) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(at);
        return socket;
    }

    private static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket server, InetSocketAddress onward) {
        while (!server.isClosed()) {
            try {
                Socket from = server.accept();
                start(() -> join(from, onward), "wire to " + onward);
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** Both directions of one connection; whichever ends ends the other. */
    private void join(Socket from, InetSocketAddress onward) {
        Socket to = new Socket();
        open.add(from);
        open.add(to);
        try {
            // The kernel takes nobody but the address in its configuration.
            to.bind(new InetSocketAddress(onward.equals(kernel) ? Lan.host() : us.getAddress(), 0));
            to.connect(onward);
        } catch (IOException e) {
            // Nobody listens there at the moment, as both sides see every day.
            end(from, to);
            return;
        }
        start(() -> copy(to, from), "wire back from " + onward);
        copy(from, to);
    }

    private void copy(Socket from, Socket to) {
        byte[] bytes = new byte[1 << 16];
        int run = 0;
        try {
            from.setTcpNoDelay(true);
            to.setTcpNoDelay(true);
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                for (int i = 0; i < n; i++) {
                    int flip = wanted.get();
                    run = flip == bytes[i] ? run + 1 : 0;
                    if (run == RUN && wanted.compareAndSet(flip, NOTHING)) {
                        bytes[i] ^= 0x10;
                    }
                }
                out.write(bytes, 0, n);
            }
        } catch (IOException e) {
            // A connection that either side has broken off: the other is told by the same.
        } finally {
            end(from, to);
        }
    }

    private void end(Socket... sockets) {
        for (Socket socket : sockets) {
            open.remove(socket);
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        fromKernel.close();
        fromUs.close();
        end(open.toArray(Socket[]::new));
    }
}
