package io.diskless.aoe.link;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.internal.linux.Bpf;
import io.diskless.aoe.internal.linux.InterfaceMonitor;
import io.diskless.aoe.internal.linux.NativeAccess;
import io.diskless.aoe.internal.linux.PacketSockets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network interface through memory-mapped packet rings of Linux: frames are read and written where the kernel puts and
 * takes them; one system call sends a batch, none receives one. Sector data in the slots is aligned, so that direct I/O can
 * go from and to them.
 *
 * <p>Confined as {@link EthernetLink} says. Open one with {@link Links#open}.
 */
public final class PacketRing extends SystemLink {
    private final LinkOptions options;
    private final RingGeometry receiveGeometry;
    private final SendRing sending;
    private final @Nullable FanoutGroup group;
    private final LinkCapabilities capabilities;

    // Replaced only when a member of a fanout group follows its interface: such sockets cannot be bound again.
    private volatile ReceiveRing receiving;
    private long droppedBefore; // guarded by this
    private boolean unbound;

    private PacketRing(
            String name, InterfaceMonitor monitor, LinkOptions options, int slotMtu, @Nullable FanoutGroup group)
            throws AoeException {
        super(name, monitor, slotMtu);
        this.options = options;
        this.group = group;
        receiveGeometry =
                RingGeometry.of(slotMtu, options.receiveSlots(), options.alignment(), RingGeometry.RECEIVE_LEAD);
        RingGeometry sendGeometry =
                RingGeometry.of(slotMtu, options.sendSlots(), options.alignment(), RingGeometry.SEND_LEAD);
        List<String> notes = new ArrayList<>();
        if (NativeAccess.untried()) {
            notes.add("packet rings were never tried on this architecture");
        }
        capabilities = new LinkCapabilities(
                LinkCapabilities.Kind.RING, receiveGeometry.alignment(), sendGeometry.alignment(), notes);
        receiving = ReceiveRing.open(receiveGeometry, filter());
        try {
            sending = SendRing.open(sendGeometry, options.bypassQueue());
        } catch (AoeException e) {
            receiving.close();
            throw e;
        }
    }

    static PacketRing open(String name, LinkOptions options, @Nullable FanoutGroup group) throws AoeException {
        InterfaceMonitor monitor = monitor(name);
        PacketRing ring;
        try {
            ring = new PacketRing(name, monitor, options, slotMtu(monitor, options), group);
        } catch (AoeException | RuntimeException e) {
            monitor.close();
            throw e;
        }
        try {
            ring.start();
            return ring;
        } catch (AoeException e) {
            ring.close();
            throw e;
        }
    }

    @Override
    public @Nullable Frame claim() {
        return isClosed() ? null : sending.claim();
    }

    @Override
    public void commit(int length) {
        if (!isClosed()) {
            sending.commit(this, length);
        }
    }

    @Override
    public int sendCapacity() {
        return isClosed() ? 0 : sending.capacity();
    }

    @Override
    public int receiveCapacity() {
        return receiveGeometry.slots();
    }

    @Override
    public LinkCapabilities capabilities() {
        return capabilities;
    }

    @Override
    int doReceive(FrameHandler handler, int limit) {
        if (sending.stalled()) {
            sending.flush(this);
        }
        return receiving.receive(this, handler, limit);
    }

    @Override
    void doFlush() {
        sending.flush(this);
    }

    @Override
    boolean hasFrames() {
        return receiving.ready();
    }

    @Override
    boolean sendBlocked() {
        return sending.blocked();
    }

    @Override
    int receiveFd() {
        // A member of a fanout group closed its socket together with its interface.
        return unbound && group != null ? -1 : receiving.fd();
    }

    @Override
    void clearError() {
        if (!unbound || group == null) {
            PacketSockets.clearError(receiving.fd());
        }
        PacketSockets.clearError(sending.fd());
    }

    @Override
    void bind(int index) throws AoeException {
        if (unbound && group != null) {
            ReceiveRing replacement = ReceiveRing.open(receiveGeometry, filter());
            synchronized (this) {
                droppedBefore += receiving.dropped();
                receiving = replacement;
            }
        }
        unbound = false;
        receiving.bind(index);
        sending.bind(index);
        if (group != null) {
            group.join(receiving.fd());
        }
    }

    @Override
    void unbind() {
        unbound = true;
        if (group != null) {
            // The others cannot join anew while a socket of the old interface is a member.
            receiving.close();
        }
    }

    @Override
    synchronized long receiveDropped() {
        return droppedBefore + receiving.dropped();
    }

    @Override
    void release() {
        receiving.close();
        sending.close();
    }

    private Bpf filter() {
        return Bpf.aoe(options.requests(), options.responses());
    }
}
