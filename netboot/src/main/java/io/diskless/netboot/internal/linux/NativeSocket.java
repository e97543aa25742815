package io.diskless.netboot.internal.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A descriptor and the memory for its calls. Confined to one thread at a time, but for {@link #close()}. */
abstract class NativeSocket implements AutoCloseable {
    /** An Ethernet frame's payload and more: longer messages are cut. */
    private static final int LARGEST = 4096;

    private static final int ADDRESS = 32;

    final int fd;
    private final ByteBuffer data = NativeSockets.memory(LARGEST);
    private final ByteBuffer address = NativeSockets.memory(ADDRESS + 8);
    private final AtomicBoolean closed = new AtomicBoolean();

    NativeSocket(int fd) {
        this.fd = fd;
    }

    /** The next datagram, whose sender is then in {@link #address}, or null if none is waiting. */
    byte @Nullable [] next() throws IOException {
        while (true) {
            address.putInt(ADDRESS, ADDRESS);
            long length = LibC.recvfrom(
                    fd, LibC.address(data), LARGEST, 0, LibC.address(address), LibC.address(address) + ADDRESS);
            if (length >= 0) {
                byte[] bytes = new byte[(int) length];
                data.get(0, bytes);
                return bytes;
            }
            int errno = LibC.errno();
            if (NativeSockets.isEmpty(errno)) {
                return null;
            }
            if (!NativeSockets.isInterrupted(errno)) {
                throw NativeSockets.failure("receiving", errno);
            }
        }
    }

    /** Where {@link #next()} left the sender. */
    ByteBuffer address() {
        return address;
    }

    /** Sends to an address that was put into {@link #address()}. */
    void send(ByteBuffer packet, int addressLength) throws IOException {
        int length = packet.remaining();
        data.clear();
        data.put(packet.duplicate());
        long sent;
        do {
            sent = LibC.sendto(fd, LibC.address(data), length, 0, LibC.address(address), addressLength);
        } while (sent < 0 && NativeSockets.isInterrupted(LibC.errno()));
        if (sent < 0) {
            throw NativeSockets.failure("sending", LibC.errno());
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            LibC.close(fd);
        }
    }
}
