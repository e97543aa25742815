package io.diskless.aoe.link;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.internal.linux.InterfaceMonitor;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What links to interfaces of the system have in common: following the interface, and an end that is safe.
 *
 * <p>Following. The polling thread looks at the {@link InterfaceMonitor} every {@link #LOOK_NANOS}, or at once when the
 * waiter saw news or a call failed, and asks outright every {@link #ASK_NANOS}. An interface that comes back with another
 * index is bound again; the slots stay.
 *
 * <p>The end. A descriptor may be closed only when no thread is about to use it, because its number may be given to another
 * file at once. The polling thread counts itself in {@code busy} while it is inside; {@code close()} first sets
 * {@code closed}, then looks at {@code busy}; the polling thread first clears {@code busy}, then looks at {@code closed}.
 * One of them, or both, finds that it is time, and a compare-and-set lets one of them do it. Views of mapped memory
 * may outlive all this (see MappedMemory).
 */
abstract sealed class SystemLink implements EthernetLink permits PacketRing, PacketSocket {
    private static final long LOOK_NANOS = 50_000_000;
    private static final long ASK_NANOS = 1_000_000_000;
    private static final SystemWaiter[] NO_WAITERS = {};
    private static final int SMALLEST_SLOT_MTU = 1500;
    private static final int LARGEST_SLOT_MTU = 9216;

    private final String name;
    private final InterfaceMonitor monitor;
    private final int slotMtu;

    private volatile LinkState state = LinkState.GONE;
    private volatile int mtu;
    private volatile MacAddress address;
    private volatile boolean closed;
    private volatile int busy;
    private final AtomicBoolean released = new AtomicBoolean();
    private volatile SystemWaiter[] waiters = NO_WAITERS;

    // Only the polling thread.
    private int boundIndex;
    private boolean news;
    private long lastLook = System.nanoTime();
    private long lastAsk = lastLook;
    private LinkState reportedState = LinkState.GONE;
    private int reportedMtu;
    private MacAddress reportedAddress;
    private @Nullable LinkListener listener;

    final Counter received = new Counter();
    final Counter sent = new Counter();
    final Counter sendDropped = new Counter();
    final Counter refused = new Counter();
    private final Counter stateChanges = new Counter();

    SystemLink(String name, InterfaceMonitor monitor, int slotMtu) {
        this.name = name;
        this.monitor = monitor;
        this.slotMtu = slotMtu;
        this.mtu = Math.min(monitor.mtu(), slotMtu);
        this.address = MacAddress.of(monitor.address());
        this.reportedAddress = address;
    }

    /** The interface's monitor, after checking that it exists and is Ethernet. */
    static InterfaceMonitor monitor(String name) throws AoeException {
        InterfaceMonitor monitor = InterfaceMonitor.open(name);
        String complaint = null;
        if (!monitor.present()) {
            complaint = "no interface \"" + name + "\" in this network namespace; see `ip link`";
        } else if (!monitor.ethernet()) {
            complaint = "interface \"" + name + "\" is not Ethernet; AoE needs Ethernet frames";
        }
        if (complaint != null) {
            monitor.close();
            throw new AoeException(AoeException.Kind.NO_INTERFACE, complaint);
        }
        return monitor;
    }

    static int slotMtu(InterfaceMonitor monitor, LinkOptions options) {
        return options.slotMtu() != 0
                ? options.slotMtu()
                : Math.max(SMALLEST_SLOT_MTU, Math.min(monitor.mtu(), LARGEST_SLOT_MTU));
    }

    /** Binds for the first time; called by the subclass when its sockets are ready. */
    final void start() throws AoeException {
        bind(monitor.index());
        boundIndex = monitor.index();
        state = monitor.running() ? LinkState.UP : LinkState.DOWN;
        reportedState = state;
        reportedMtu = mtu;
        reportedAddress = address;
    }

    // What a subclass brings

    /** Binds the sockets to an interface, now or again. */
    abstract void bind(int index) throws AoeException;

    /** The interface is gone; what is bound to it is of no use. */
    abstract void unbind();

    abstract int doReceive(FrameHandler handler, int limit);

    abstract void doFlush();

    /** Whether {@link #receive} would hand out a frame. */
    abstract boolean hasFrames();

    /** Whether sending waits for the system, of which nothing tells. */
    abstract boolean sendBlocked();

    abstract int receiveFd();

    /** Reads and forgets the error that a socket keeps, so that waiting on it does not return at once for ever. */
    abstract void clearError();

    /** Frames the system dropped, from the beginning; any thread. */
    abstract long receiveDropped();

    /** Closes the sockets; called once. */
    abstract void release();

    // The link

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final MacAddress address() {
        return address;
    }

    @Override
    public final int mtu() {
        return mtu;
    }

    @Override
    public final LinkState state() {
        return closed ? LinkState.CLOSED : state;
    }

    @Override
    public final int receive(FrameHandler handler, int limit) {
        if (!enter()) {
            report();
            return 0;
        }
        try {
            look();
            return closed ? 0 : doReceive(handler, limit);
        } finally {
            leave();
        }
    }

    @Override
    public final void flush() {
        if (!enter()) {
            return;
        }
        try {
            doFlush();
        } finally {
            leave();
        }
    }

    @Override
    public final LinkCounters counters() {
        return new LinkCounters(
                received.get(), sent.get(), receiveDropped(), sendDropped.get(), refused.get(), stateChanges.get());
    }

    @Override
    public final void listener(LinkListener newListener) {
        listener = Objects.requireNonNull(newListener, "newListener");
    }

    @Override
    public final LinkWaiter newWaiter(List<? extends EthernetLink> links) {
        return SystemWaiter.over(links);
    }

    @Override
    public final void close() {
        closed = true;
        for (SystemWaiter waiter : waiters) {
            waiter.wakeup();
        }
        if (busy == 0) {
            finish();
        }
    }

    @Override
    public final String toString() {
        return name + " (" + address + ", " + capabilities().kind() + ", " + state() + ")";
    }

    // For subclasses and the waiter

    final boolean isClosed() {
        return closed;
    }

    final InterfaceMonitor monitor() {
        return monitor;
    }

    final int slotMtu() {
        return slotMtu;
    }

    /** The longest frame that may be sent now. */
    final int longestFrame() {
        return mtu + EthernetHeader.LENGTH;
    }

    /** Something failed or the waiter saw news: look at the next opportunity. */
    final void newsExpected() {
        news = true;
    }

    final boolean hasNews() {
        return news;
    }

    /** Counts the polling thread in; false if the link is closed. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    final boolean enter() {
        busy = busy + 1;
        if (closed) {
            leave();
            return false;
        }
        return true;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    final void leave() {
        int left = busy - 1;
        busy = left;
        if (left == 0 && closed) {
            finish();
        }
    }

    final synchronized void add(SystemWaiter waiter) {
        SystemWaiter[] more = Arrays.copyOf(waiters, waiters.length + 1);
        more[more.length - 1] = waiter;
        waiters = more;
    }

    final synchronized void remove(SystemWaiter waiter) {
        waiters = Arrays.stream(waiters).filter(w -> w != waiter).toArray(SystemWaiter[]::new);
    }

    private void finish() {
        if (released.compareAndSet(false, true)) {
            release();
            monitor.close();
        }
    }

    private void look() {
        long now = System.nanoTime();
        if (!news && now - lastLook < LOOK_NANOS) {
            return;
        }
        // Whoever expected news may have taken them in already.
        boolean expected = news;
        news = false;
        lastLook = now;
        boolean changed;
        if (now - lastAsk >= ASK_NANOS) {
            lastAsk = now;
            changed = monitor.query();
        } else {
            changed = monitor.refresh();
        }
        if (changed || expected || monitor.index() != boundIndex || state == LinkState.GONE) {
            follow();
            report();
        }
    }

    private void follow() {
        clearError();
        if (!monitor.present()) {
            if (boundIndex != 0) {
                boundIndex = 0;
                unbind();
            }
            state = LinkState.GONE;
            return;
        }
        if (monitor.index() != boundIndex) {
            if (boundIndex != 0) {
                boundIndex = 0;
                unbind();
            }
            try {
                bind(monitor.index());
                boundIndex = monitor.index();
            } catch (AoeException e) {
                // Gone again, or another member of a fanout group has not left yet: the next look tries again.
                state = LinkState.GONE;
                return;
            }
        }
        mtu = Math.min(monitor.mtu(), slotMtu);
        if (address.value() != monitor.address()) {
            address = MacAddress.of(monitor.address());
        }
        state = monitor.running() ? LinkState.UP : LinkState.DOWN;
    }

    /** Tells the listener what it has not heard yet. */
    private void report() {
        LinkState newState = state();
        MacAddress newAddress = address;
        if (newState != reportedState || !newAddress.equals(reportedAddress)) {
            reportedState = newState;
            reportedAddress = newAddress;
            stateChanges.add(1);
            if (listener != null) {
                listener.onState(this, newState);
            }
        }
        int newMtu = mtu;
        if (newMtu != reportedMtu) {
            reportedMtu = newMtu;
            stateChanges.add(1);
            if (listener != null) {
                listener.onMtu(this, newMtu);
            }
        }
    }
}
