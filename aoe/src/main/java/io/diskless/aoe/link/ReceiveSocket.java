package io.diskless.aoe.link;

import static io.diskless.aoe.internal.linux.LinuxConstants.*;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.internal.linux.Bpf;
import io.diskless.aoe.internal.linux.LibC;
import io.diskless.aoe.internal.linux.NativeMemory;
import io.diskless.aoe.internal.linux.PacketSockets;

/** A packet socket that receives, and its statistics, which any thread may ask for until it is closed. Thread-safe. */
final class ReceiveSocket {
    private final int fd;
    private final NativeMemory statistics = new NativeMemory(16);
    private boolean closed; // guarded by this
    private long dropped; // guarded by this

    private ReceiveSocket(int fd) {
        this.fd = fd;
    }

    /** A filtered socket that is not bound yet. */
    static ReceiveSocket open(Bpf filter) throws AoeException {
        ReceiveSocket socket = new ReceiveSocket(PacketSockets.open());
        try {
            PacketSockets.program(socket.fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, "attaching the filter");
            PacketSockets.option(socket.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
            return socket;
        } catch (AoeException e) {
            socket.close();
            throw e;
        }
    }

    int fd() {
        return fd;
    }

    /** Frames the kernel dropped so far. Reading the kernel's figure resets it, so it is summed up here. */
    synchronized long dropped() {
        if (!closed) {
            // tpacket_stats: u32 packets, u32 drops; behind it the length.
            statistics.bytes().putInt(8, 8);
            if (LibC.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, statistics.address(), statistics.address(8)) == 0) {
                dropped += statistics.bytes().getInt(4) & 0xFFFF_FFFFL;
            }
        }
        return dropped;
    }

    synchronized void close() {
        if (!closed) {
            dropped();
            closed = true;
            LibC.close(fd);
        }
    }
}
