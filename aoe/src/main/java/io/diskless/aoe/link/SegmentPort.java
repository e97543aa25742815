package io.diskless.aoe.link;

import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A port of an {@link EthernetSegment}: a link, and the levers that make it fail.
 *
 * <p>The methods of {@link EthernetLink} are confined as described there; the levers ({@link #state(LinkState)},
 * {@link #mtu(int)}, {@link #address(MacAddress)}, {@link #outbound(Impairment)}, {@link #inbound(Impairment)}) may be pulled by any thread.
 */
public final class SegmentPort implements EthernetLink {
    /** What became of a frame offered to a port. */
    enum Verdict {
        DELIVERED,
        FULL,
        REFUSED
    }

    private static final SegmentWaiter[] NO_WAITERS = {};
    private static final LinkCapabilities CAPABILITIES =
            new LinkCapabilities(LinkCapabilities.Kind.SEGMENT, HeapSlots.ALIGNMENT, HeapSlots.ALIGNMENT, List.of());

    private final EthernetSegment segment;
    private final int index;
    private final String name;
    private final int slotMtu;

    // Receiving: the segment appends at tail under its lock, the poller takes from head without one.
    private final Frame[] received;
    private volatile long tail;
    private volatile long head;

    // Sending: only the poller.
    private final Frame[] toSend;
    private int firstToSend;
    private int committed;
    private boolean claimed;

    // Guarded by the segment's lock.
    private final Direction outbound = new Direction();
    private final Direction inbound = new Direction();
    private final BitSet cutFrom = new BitSet();
    private volatile LinkState state = LinkState.UP;
    private volatile int mtu;
    private volatile MacAddress address;
    private volatile SegmentWaiter[] waiters = NO_WAITERS;

    // What the listener knows.
    private volatile LinkState reportedState = LinkState.UP;
    private volatile int reportedMtu;
    private volatile MacAddress reportedAddress;
    private @Nullable LinkListener listener;

    private final Counter receivedCount = new Counter();
    private final Counter sentCount = new Counter();
    private final Counter receiveDropped = new Counter();
    private final Counter sendDropped = new Counter();
    private final Counter refused = new Counter();
    private final Counter stateChanges = new Counter();

    SegmentPort(EthernetSegment segment, int index, String name, MacAddress address, int mtu, int slots) {
        this.segment = segment;
        this.index = index;
        this.name = name;
        this.address = address;
        this.slotMtu = mtu;
        this.mtu = mtu;
        this.reportedMtu = mtu;
        this.reportedAddress = address;
        received = HeapSlots.allocate(slots, mtu + EthernetHeader.TAGGED_LENGTH, HeapSlots.ALIGNMENT);
        toSend = HeapSlots.allocate(slots, mtu + EthernetHeader.TAGGED_LENGTH, HeapSlots.ALIGNMENT);
    }

    static void checkMtu(int mtu) {
        if (mtu < 68 || mtu > 65535) {
            throw new IllegalArgumentException("an MTU lies between 68 and 65535, got " + mtu);
        }
    }

    static long destination(Frame frame) {
        return EthernetHeader.destination(frame.bytes(), 0);
    }

    /**
     * Pulls the plug, takes the interface away, or puts it back.
     *
     * @param newState UP, DOWN or GONE
     */
    public void state(LinkState newState) {
        if (newState == LinkState.CLOSED) {
            throw new IllegalArgumentException("close() closes a port");
        }
        synchronized (segment.lock()) {
            if (state == LinkState.CLOSED) {
                return;
            }
            state = newState;
            signal();
        }
    }

    /**
     * Changes the MTU of the interface. What the link tells and takes stays within the MTU it was attached with.
     *
     * @param newMtu 68 to 65535
     */
    public void mtu(int newMtu) {
        checkMtu(newMtu);
        synchronized (segment.lock()) {
            mtu = Math.min(newMtu, slotMtu);
            signal();
        }
    }

    /**
     * Gives the interface another address.
     *
     * @param newAddress one that no other port of the segment has
     * @throws IllegalArgumentException if it is taken or no station address
     */
    public void address(MacAddress newAddress) {
        Objects.requireNonNull(newAddress, "newAddress");
        synchronized (segment.lock()) {
            segment.checkFree(newAddress, this);
            address = newAddress;
            signal();
        }
    }

    /**
     * Impairs what this port sends.
     *
     * @param impairment from now on, for each frame once, however many ports receive it
     */
    public void outbound(Impairment impairment) {
        Objects.requireNonNull(impairment, "impairment");
        synchronized (segment.lock()) {
            outbound.set(impairment);
        }
    }

    /**
     * Impairs what this port receives.
     *
     * @param impairment from now on
     */
    public void inbound(Impairment impairment) {
        Objects.requireNonNull(impairment, "impairment");
        synchronized (segment.lock()) {
            inbound.set(impairment);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MacAddress address() {
        return address;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public LinkState state() {
        return state;
    }

    @Override
    public int receive(FrameHandler handler, int limit) {
        report();
        segment.pump();
        int handed = 0;
        long at = head;
        while (handed < limit && at < tail && state != LinkState.CLOSED) {
            Frame frame = received[(int) (at % received.length)];
            handed++;
            receivedCount.add(1);
            try {
                handler.onFrame(frame);
            } finally {
                head = ++at;
            }
        }
        return handed;
    }

    @Override
    public @Nullable Frame claim() {
        if (committed == toSend.length || state == LinkState.CLOSED) {
            return null;
        }
        claimed = true;
        return toSend[(firstToSend + committed) % toSend.length];
    }

    @Override
    public void commit(int length) {
        if (!claimed) {
            throw new IllegalStateException("commit without a claimed slot on " + name);
        }
        claimed = false;
        if (state == LinkState.CLOSED) {
            return;
        }
        if (length < EthernetHeader.LENGTH || length > mtu + EthernetHeader.LENGTH) {
            sendDropped.add(1);
            return;
        }
        toSend[(firstToSend + committed) % toSend.length].length(length);
        committed++;
    }

    @Override
    public void flush() {
        if (committed == 0) {
            return;
        }
        int batch = committed;
        int first = firstToSend;
        committed = 0;
        claimed = false;
        firstToSend = (first + batch) % toSend.length;
        if (state != LinkState.UP) {
            sendDropped.add(batch);
            return;
        }
        synchronized (segment.lock()) {
            segment.forward(this, toSend, first, batch);
        }
        sentCount.add(batch);
    }

    @Override
    public int sendCapacity() {
        return state == LinkState.CLOSED ? 0 : toSend.length - committed;
    }

    @Override
    public int receiveCapacity() {
        return received.length;
    }

    @Override
    public LinkCounters counters() {
        return new LinkCounters(
                receivedCount.get(),
                sentCount.get(),
                receiveDropped.get(),
                sendDropped.get(),
                refused.get(),
                stateChanges.get());
    }

    @Override
    public LinkCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void listener(LinkListener newListener) {
        listener = Objects.requireNonNull(newListener, "newListener");
    }

    @Override
    public LinkWaiter newWaiter(List<? extends EthernetLink> links) {
        return SegmentWaiter.over(segment, links);
    }

    @Override
    public void close() {
        synchronized (segment.lock()) {
            if (state == LinkState.CLOSED) {
                return;
            }
            state = LinkState.CLOSED;
            segment.detach(this);
            signal();
        }
    }

    @Override
    public String toString() {
        return name + " (" + address + ", segment, " + state + ")";
    }

    EthernetSegment segment() {
        return segment;
    }

    int index() {
        return index;
    }

    Direction outbound() {
        return outbound;
    }

    Direction inbound() {
        return inbound;
    }

    BitSet cutFrom() {
        return cutFrom;
    }

    /** Puts a frame into the next free slot; called with the segment's lock held. */
    Verdict offer(ByteBuffer bytes, int length) {
        if (state != LinkState.UP) {
            return Verdict.REFUSED;
        }
        if (length > mtu + EthernetHeader.LENGTH || EthernetHeader.type(bytes, 0) != EthernetHeader.ETHERTYPE_AOE) {
            refused.add(1);
            return Verdict.REFUSED;
        }
        long at = tail;
        if (at - head == received.length) {
            receiveDropped.add(1);
            return Verdict.FULL;
        }
        Frame slot = received[(int) (at % received.length)];
        slot.bytes().put(0, bytes, 0, length);
        slot.length(length);
        tail = at + 1; // volatile: a waiter that saw no signal must see the frame
        signal();
        return Verdict.DELIVERED;
    }

    boolean ready() {
        return head != tail || state != reportedState || mtu != reportedMtu || !address.equals(reportedAddress);
    }

    void signal() {
        for (SegmentWaiter waiter : waiters) {
            waiter.wakeup();
        }
    }

    void waiters(SegmentWaiter[] newWaiters) {
        waiters = newWaiters;
    }

    SegmentWaiter[] waiters() {
        return waiters;
    }

    /** Tells the listener what changed since the last call. */
    private void report() {
        LinkState newState = state;
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
