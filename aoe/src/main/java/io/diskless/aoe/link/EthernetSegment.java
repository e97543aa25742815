package io.diskless.aoe.link;

import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An Ethernet switch in memory. Ports are {@link EthernetLink}s; unicast goes to the port with that address, broadcast to
 * all others; each direction of a port may be impaired, ports may be cut off from each other, go down or vanish.
 *
 * <p>Two modes. In real time ({@link #realTime()}) any number of threads poll their ports and
 * {@link LinkWaiter} parks them. With a virtual clock ({@link #virtual()}) nothing moves by itself: one thread polls all
 * parties and moves the time with {@link #advance}, {@link #advanceToNext} or {@link #runUntil}; the same seeds give the
 * same run, to the last bit. A waiter of a virtual segment moves the time instead of waiting.
 *
 * <p>Thread-safe. A port is confined to its polling thread as every link is.
 */
public final class EthernetSegment {
    /** Slots in each direction of a port, if not said otherwise. */
    public static final int DEFAULT_SLOTS = 256;

    private static final SegmentPort[] NO_PORTS = {};
    private static final long BROADCAST = MacAddress.BROADCAST.value();
    /** Memory is not to be filled by a delay: what is more than this on its way is congestion. */
    private static final int MAX_IN_TRANSIT = 1 << 16;

    private final boolean virtual;
    private final AtomicLong virtualTime = new AtomicLong();
    private final LongSupplier clock;

    private final Object lock = new Object();
    private final Transit transit = new Transit();
    private SegmentPort[] ports = NO_PORTS;
    private int nextIndex;
    private volatile long nextDue = Long.MAX_VALUE;

    private final Counter delivered = new Counter();
    private final Counter lost = new Counter();
    private final Counter duplicated = new Counter();
    private final Counter reordered = new Counter();
    private final Counter truncated = new Counter();
    private final Counter congested = new Counter();
    private final Counter unreachable = new Counter();
    private final Counter unknown = new Counter();

    private EthernetSegment(boolean virtual) {
        this.virtual = virtual;
        clock = virtual ? virtualTime::get : System::nanoTime;
    }

    /**
     * A segment whose clock is {@link System#nanoTime()}.
     *
     * @return a new segment without ports
     */
    public static EthernetSegment realTime() {
        return new EthernetSegment(false);
    }

    /**
     * A segment whose clock starts at 0 and moves only when told.
     *
     * @return a new segment without ports
     */
    public static EthernetSegment virtual() {
        return new EthernetSegment(true);
    }

    /**
     * Plugs a port in, with {@link #DEFAULT_SLOTS} slots.
     *
     * @param name for people
     * @param address of the port; no other open port may have it
     * @param mtu the longest frame without its 14 bytes of header, 68 to 65535
     * @return the port, up
     * @throws IllegalArgumentException if the address is taken or no station address
     */
    public SegmentPort attach(String name, MacAddress address, int mtu) {
        return attach(name, address, mtu, DEFAULT_SLOTS);
    }

    /**
     * Plugs a port in.
     *
     * @param name for people
     * @param address of the port; no other open port may have it
     * @param mtu the longest frame without its 14 bytes of header, 68 to 65535
     * @param slots frames that each direction holds while nobody polls or flushes, 1 to 65536
     * @return the port, up
     * @throws IllegalArgumentException if the address is taken or no station address
     */
    public SegmentPort attach(String name, MacAddress address, int mtu, int slots) {
        Objects.requireNonNull(name, "name");
        if (slots < 1 || slots > 1 << 16) {
            throw new IllegalArgumentException("a port has 1 to 65536 slots, got " + slots);
        }
        SegmentPort.checkMtu(mtu);
        synchronized (lock) {
            checkFree(address, null);
            SegmentPort port = new SegmentPort(this, nextIndex++, name, address, mtu, slots);
            ports = Arrays.copyOf(ports, ports.length + 1);
            ports[ports.length - 1] = port;
            return port;
        }
    }

    /** Whether a port may have this address; called with the lock held. */
    void checkFree(MacAddress address, @Nullable SegmentPort self) {
        if (address.isMulticast()) {
            throw new IllegalArgumentException(address + " is a group address and cannot be a port's own");
        }
        for (SegmentPort port : ports) {
            if (port != self && port.address().equals(address)) {
                throw new IllegalArgumentException(address + " is the address of port " + port.name() + " already");
            }
        }
    }

    /**
     * The segment's time; give it to whatever takes a clock.
     *
     * @return nanoseconds from an arbitrary origin
     */
    public LongSupplier clock() {
        return clock;
    }

    /**
     * Whether time moves only when told.
     *
     * @return true for {@link #virtual()}
     */
    public boolean isVirtual() {
        return virtual;
    }

    /**
     * Moves the virtual time and delivers what became due on the way, in order.
     *
     * @param nanos 0 or more
     */
    public void advance(long nanos) {
        requireVirtual();
        if (nanos < 0) {
            throw new IllegalArgumentException("time does not go back, got " + nanos + " ns");
        }
        virtualTime.set(Math.addExact(virtualTime.get(), nanos));
        pump();
    }

    /**
     * Moves the virtual time to the next delivery, but not beyond a limit.
     *
     * @param latest how far the time may move, 0 or more nanoseconds
     * @return how far it moved
     */
    public long advanceToNext(long latest) {
        requireVirtual();
        long now = virtualTime.get();
        long due = nextDue;
        long step = due == Long.MAX_VALUE ? latest : Math.min(latest, Math.max(0, due - now));
        advance(step);
        return step;
    }

    /**
     * Runs all parties on the virtual clock until a condition holds. Polls until nobody has work left, then moves the
     * time to the next delivery or by a tick, whichever is sooner.
     *
     * @param done what is waited for; asked after each poll
     * @param poll polls every party once and says how much work it found
     * @param tick longest step in nanoseconds, so that the parties' timers run with that precision
     * @param limit virtual nanoseconds after which to give up
     * @return true if the condition held, false if the limit was reached
     */
    public boolean runUntil(BooleanSupplier done, IntSupplier poll, long tick, long limit) {
        requireVirtual();
        if (tick < 1) {
            throw new IllegalArgumentException("a tick is at least a nanosecond, got " + tick);
        }
        long end = Math.addExact(virtualTime.get(), limit);
        for (; ; ) {
            int work = poll.getAsInt();
            if (done.getAsBoolean()) {
                return true;
            }
            if (work == 0) {
                long left = end - virtualTime.get();
                if (left <= 0) {
                    return false;
                }
                advanceToNext(Math.min(tick, left));
            }
        }
    }

    /**
     * Cuts two ports off from each other, both directions.
     *
     * @param a a port of this segment
     * @param b another one
     */
    public void partition(EthernetLink a, EthernetLink b) {
        SegmentPort from = mine(a);
        SegmentPort to = mine(b);
        synchronized (lock) {
            from.cutFrom().set(to.index());
            to.cutFrom().set(from.index());
        }
    }

    /**
     * Drops what one port sends to another; the other direction stays as it is.
     *
     * @param from a port of this segment
     * @param to another one
     */
    public void cut(EthernetLink from, EthernetLink to) {
        SegmentPort sender = mine(from);
        SegmentPort receiver = mine(to);
        synchronized (lock) {
            sender.cutFrom().set(receiver.index());
        }
    }

    /** Ends all partitions and cuts. */
    public void heal() {
        synchronized (lock) {
            for (SegmentPort port : ports) {
                port.cutFrom().clear();
            }
        }
    }

    /**
     * How many frames are on their way because of a delay.
     *
     * @return 0 or more
     */
    public int inTransit() {
        synchronized (lock) {
            return transit.size();
        }
    }

    /**
     * What happened to the frames so far.
     *
     * @return a snapshot
     */
    public SegmentCounters counters() {
        synchronized (lock) {
            return new SegmentCounters(
                    delivered.get(),
                    lost.get(),
                    duplicated.get(),
                    reordered.get(),
                    truncated.get(),
                    congested.get(),
                    unreachable.get(),
                    unknown.get());
        }
    }

    Object lock() {
        return lock;
    }

    long nextDue() {
        return nextDue;
    }

    /** Delivers what is due. Cheap when nothing is. */
    void pump() {
        if (nextDue == Long.MAX_VALUE || nextDue > clock.getAsLong()) {
            return;
        }
        synchronized (lock) {
            pumpLocked(clock.getAsLong());
        }
    }

    /** Forwards a port's committed frames; called with {@link #lock()} held. */
    void forward(SegmentPort from, Frame[] slots, int first, int count) {
        long now = clock.getAsLong();
        pumpLocked(now);
        for (int i = 0; i < count; i++) {
            Frame frame = slots[(first + i) % slots.length];
            if (from.outbound().perfect()) {
                spread(from, frame, frame.length(), now, now);
            } else {
                leave(from, frame, now);
            }
        }
    }

    void detach(SegmentPort port) {
        synchronized (lock) {
            ports = Arrays.stream(ports).filter(p -> p != port).toArray(SegmentPort[]::new);
        }
    }

    private void leave(SegmentPort from, Frame frame, long now) {
        Direction out = from.outbound();
        if (out.loses(frame.length())) {
            lost.add(1);
            return;
        }
        int copies = 1;
        if (out.duplicates()) {
            duplicated.add(1);
            copies = 2;
        }
        for (int i = 0; i < copies; i++) {
            long due = due(out, now, frame.length());
            if (due != Direction.FULL) {
                spread(from, frame, cutShort(out, frame.length()), now, due);
            }
        }
    }

    /** Finds the receivers. */
    private void spread(SegmentPort from, Frame frame, int length, long now, long due) {
        long destination = SegmentPort.destination(frame);
        boolean found = false;
        for (SegmentPort to : ports) {
            if (to != from
                    && (destination == BROADCAST || destination == to.address().value())) {
                found = true;
                arrive(from, to, frame, length, now, due);
            }
        }
        if (!found && destination != BROADCAST) {
            unknown.add(1);
        }
    }

    private void arrive(SegmentPort from, SegmentPort to, Frame frame, int length, long now, long due) {
        if (from.cutFrom().get(to.index())) {
            unreachable.add(1);
            return;
        }
        Direction in = to.inbound();
        if (in.perfect()) {
            enter(to, frame, length, now, due);
            return;
        }
        if (in.loses(length)) {
            lost.add(1);
            return;
        }
        int copies = 1;
        if (in.duplicates()) {
            duplicated.add(1);
            copies = 2;
        }
        for (int i = 0; i < copies; i++) {
            long later = due(in, due, length);
            if (later != Direction.FULL) {
                enter(to, frame, cutShort(in, length), now, later);
            }
        }
    }

    private long due(Direction direction, long now, int length) {
        long due = direction.passes(now, length);
        if (due == Direction.FULL) {
            congested.add(1);
        } else if (direction.reorders()) {
            reordered.add(1);
            due += direction.reorderHold();
        }
        return due;
    }

    private int cutShort(Direction direction, int length) {
        int left = direction.truncate(length);
        if (left < length) {
            truncated.add(1);
        }
        return left;
    }

    private void enter(SegmentPort to, Frame frame, int length, long now, long due) {
        if (due <= now) {
            deliver(to, frame.bytes(), length);
        } else if (transit.size() >= MAX_IN_TRANSIT) {
            congested.add(1);
        } else {
            transit.add(to, frame.bytes(), length, due);
            nextDue = transit.nextDue();
            to.signal();
        }
    }

    private void pumpLocked(long now) {
        if (transit.nextDue() > now) {
            return;
        }
        while (transit.nextDue() <= now) {
            Transit.Entry e = transit.remove();
            deliver(e.to(), e.bytes(), e.length());
            transit.recycle(e);
        }
        nextDue = transit.nextDue();
    }

    private void deliver(SegmentPort to, ByteBuffer bytes, int length) {
        switch (to.offer(bytes, length)) {
            case DELIVERED -> delivered.add(1);
            case FULL -> congested.add(1);
            case REFUSED -> unreachable.add(1);
        }
    }

    private SegmentPort mine(EthernetLink link) {
        if (link instanceof SegmentPort port && port.segment() == this) {
            return port;
        }
        throw new IllegalArgumentException("not a port of this segment: " + link.name());
    }

    private void requireVirtual() {
        if (!virtual) {
            throw new IllegalStateException("this segment runs in real time; its clock moves by itself");
        }
    }
}
