package io.diskless.aoe.link;

import static io.diskless.aoe.internal.linux.LinuxConstants.*;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.internal.linux.Bpf;
import io.diskless.aoe.internal.linux.Errno;
import io.diskless.aoe.internal.linux.InterfaceMonitor;
import io.diskless.aoe.internal.linux.LibC;
import io.diskless.aoe.internal.linux.NativeAccess;
import io.diskless.aoe.internal.linux.PacketSockets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network interface through plain raw sockets: for where rings are not possible. One system call receives or sends a
 * batch (recvmmsg, sendmmsg); the kernel copies each frame once.
 *
 * <p>Confined as {@link EthernetLink} says. Open one with {@link Links#open}.
 */
public final class PacketSocket extends SystemLink {
    private static final int BATCH = 64;
    private static final int VLAN_TAG = 4;

    private final ReceiveSocket receiving;
    private final int sendFd;
    private final int receiveCapacity;
    private final LinkCapabilities capabilities;

    private final MessageVector in;
    private int inAt;
    private int inCount;

    private final MessageVector out;
    private int outFirst;
    private int outCount;
    private boolean claimed;
    private boolean stalled;

    private PacketSocket(String name, InterfaceMonitor monitor, LinkOptions options, int slotMtu, List<String> reasons)
            throws AoeException {
        super(name, monitor, slotMtu);
        int longest = slotMtu + 14 + VLAN_TAG;
        in = new MessageVector(Math.min(BATCH, options.receiveSlots()), longest);
        out = new MessageVector(Math.min(4 * BATCH, options.sendSlots()), longest);
        List<String> notes = new ArrayList<>(reasons);
        if (NativeAccess.untried()) {
            notes.add("packet sockets were never tried on this architecture");
        }
        receiving = ReceiveSocket.open(Bpf.aoe(options.requests(), options.responses()));
        try {
            int granted = PacketSockets.buffer(receiving.fd(), true, options.socketBuffer());
            if (granted < 2L * options.socketBuffer()) {
                notes.add("receive buffer: asked for " + options.socketBuffer() + " bytes, granted " + granted / 2
                        + "; raise net.core.rmem_max or give CAP_NET_ADMIN");
            }
            receiveCapacity = Math.min(options.receiveSlots(), fits(granted, longest));
            sendFd = openSender(options);
        } catch (AoeException e) {
            receiving.close();
            throw e;
        }
        capabilities =
                new LinkCapabilities(LinkCapabilities.Kind.SOCKET, HeapSlots.ALIGNMENT, HeapSlots.ALIGNMENT, notes);
    }

    private static int openSender(LinkOptions options) throws AoeException {
        int fd = PacketSockets.open();
        try {
            if (options.bypassQueue()) {
                PacketSockets.option(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
            }
            PacketSockets.buffer(fd, false, options.socketBuffer());
            return fd;
        } catch (AoeException e) {
            LibC.close(fd);
            throw e;
        }
    }

    /**
     * How many full frames a receive buffer holds. The kernel charges what it allocated, not what arrived: the frame with
     * its 320 bytes of overhead rounded up to a power of two, and 256 for its head; cards may allocate twice that.
     */
    private static int fits(int buffer, int longest) {
        int charged = 256 + (Integer.highestOneBit(longest + 320 - 1) << 1);
        return Math.max(1, buffer / (2 * charged));
    }

    static PacketSocket open(String name, LinkOptions options) throws AoeException {
        return open(name, options, List.of());
    }

    /** The reasons say why it is not a better link; they are the first of its notes. */
    static PacketSocket open(String name, LinkOptions options, List<String> reasons) throws AoeException {
        InterfaceMonitor monitor = monitor(name);
        PacketSocket socket;
        try {
            socket = new PacketSocket(name, monitor, options, slotMtu(monitor, options), reasons);
        } catch (AoeException | RuntimeException e) {
            monitor.close();
            throw e;
        }
        try {
            socket.start();
            return socket;
        } catch (AoeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public @Nullable Frame claim() {
        if (isClosed() || outCount == out.count()) {
            return null;
        }
        claimed = true;
        return out.frame((outFirst + outCount) % out.count());
    }

    @Override
    public void commit(int length) {
        if (isClosed()) {
            return;
        }
        if (!claimed) {
            throw new IllegalStateException("commit without a claimed slot on " + name());
        }
        claimed = false;
        if (length < 14 || length > longestFrame()) {
            sendDropped.add(1);
            return;
        }
        out.toSend((outFirst + outCount) % out.count(), length);
        outCount++;
    }

    @Override
    public int sendCapacity() {
        return isClosed() ? 0 : out.count() - outCount;
    }

    @Override
    public int receiveCapacity() {
        return receiveCapacity;
    }

    @Override
    public LinkCapabilities capabilities() {
        return capabilities;
    }

    @Override
    int doReceive(FrameHandler handler, int limit) {
        if (stalled) {
            doFlush();
        }
        int handed = 0;
        while (handed < limit && !isClosed()) {
            if (inAt == inCount && !fill(limit - handed)) {
                break;
            }
            int i = inAt++;
            Frame frame = in.frame(i);
            if ((in.flags(i) & MSG_TRUNC) != 0 || in.received(i) < 14) {
                refused.add(1);
                continue;
            }
            frame.length(in.received(i));
            received.add(1);
            handed++;
            handler.onFrame(frame);
        }
        return handed;
    }

    /** Takes a batch from the kernel. */
    private boolean fill(int wanted) {
        inAt = 0;
        inCount = 0;
        int n = LibC.recvmmsg(receiving.fd(), in.address(0), Math.min(in.count(), wanted), MSG_DONTWAIT, 0);
        if (n > 0) {
            inCount = n;
            return true;
        }
        int errno = n < 0 ? LibC.errno() : 0;
        if (errno != 0 && errno != Errno.EAGAIN && errno != Errno.EINTR) {
            newsExpected(); // typically ENETDOWN, told once
        }
        return false;
    }

    @Override
    void doFlush() {
        claimed = false;
        while (outCount > 0) {
            if (state() != LinkState.UP) {
                dropAll();
                return;
            }
            int run = Math.min(outCount, out.count() - outFirst);
            int n = LibC.sendmmsg(sendFd, out.address(outFirst), run, MSG_DONTWAIT);
            if (n > 0) {
                sent.add(n);
                took(n);
                continue;
            }
            switch (n < 0 ? LibC.errno() : Errno.EAGAIN) {
                case Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM -> {
                    stalled = true;
                    return;
                }
                case Errno.EINTR -> {}
                case Errno.ENETDOWN, Errno.ENXIO, Errno.ENODEV -> {
                    newsExpected();
                    dropAll();
                    return;
                }
                default -> {
                    // EMSGSIZE: the MTU was lowered since the frame was committed. Whatever it is, it is this frame's.
                    newsExpected();
                    sendDropped.add(1);
                    took(1);
                }
            }
        }
        stalled = false;
    }

    private void took(int n) {
        outFirst = (outFirst + n) % out.count();
        outCount -= n;
    }

    private void dropAll() {
        sendDropped.add(outCount);
        took(outCount);
        stalled = false;
    }

    @Override
    boolean hasFrames() {
        return inAt < inCount;
    }

    @Override
    boolean sendBlocked() {
        return stalled;
    }

    @Override
    int receiveFd() {
        return receiving.fd();
    }

    @Override
    void clearError() {
        PacketSockets.clearError(receiving.fd());
        PacketSockets.clearError(sendFd);
    }

    @Override
    void bind(int index) throws AoeException {
        PacketSockets.bind(receiving.fd(), index, true);
        PacketSockets.bind(sendFd, index, false);
    }

    @Override
    void unbind() {
        // A socket whose interface vanished keeps quiet by itself and can be bound again.
    }

    @Override
    long receiveDropped() {
        return receiving.dropped();
    }

    @Override
    void release() {
        receiving.close();
        LibC.close(sendFd);
    }
}
