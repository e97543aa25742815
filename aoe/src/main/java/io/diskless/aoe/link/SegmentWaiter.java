package io.diskless.aoe.link;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Parks the polling thread of some ports of a segment, or moves the time if the segment's clock is virtual.
 *
 * <p>No wake-up is lost: a waker first sets {@code pending} and then looks for a thread to unpark; the sleeper first shows
 * its thread and then looks at {@code pending}. A port appends its frame (a volatile store) before it wakes.
 */
final class SegmentWaiter implements LinkWaiter {
    private final EthernetSegment segment;
    private final SegmentPort[] ports;
    private final AtomicBoolean pending = new AtomicBoolean();
    private volatile @Nullable Thread parked;

    private SegmentWaiter(EthernetSegment segment, SegmentPort[] ports) {
        this.segment = segment;
        this.ports = ports;
    }

    static SegmentWaiter over(EthernetSegment segment, List<? extends EthernetLink> links) {
        SegmentPort[] ports = new SegmentPort[links.size()];
        for (int i = 0; i < ports.length; i++) {
            if (!(PcapLink.bare(links.get(i)) instanceof SegmentPort port) || port.segment() != segment) {
                throw new IllegalArgumentException("a waiter serves links of one kind; not a port of this segment: "
                        + links.get(i).name());
            }
            ports[i] = port;
        }
        SegmentWaiter waiter = new SegmentWaiter(segment, ports);
        synchronized (segment.lock()) {
            for (SegmentPort port : ports) {
                SegmentWaiter[] old = port.waiters();
                SegmentWaiter[] more = Arrays.copyOf(old, old.length + 1);
                more[old.length] = waiter;
                port.waiters(more);
            }
        }
        return waiter;
    }

    @Override
    public void await(long nanos) {
        if (pending.getAndSet(false) || nanos <= 0 || ready()) {
            return;
        }
        if (segment.isVirtual()) {
            segment.advanceToNext(nanos);
            return;
        }
        long end = System.nanoTime() + nanos;
        parked = Thread.currentThread();
        try {
            while (!pending.getAndSet(false)
                    && !ready()
                    && !Thread.currentThread().isInterrupted()) {
                long now = System.nanoTime();
                long due = segment.nextDue();
                long wait = due == Long.MAX_VALUE ? end - now : Math.min(end - now, due - now);
                if (wait <= 0) {
                    return;
                }
                LockSupport.parkNanos(this, wait);
            }
        } finally {
            parked = null;
        }
    }

    @Override
    public void wakeup() {
        if (!pending.get() && !pending.getAndSet(true)) {
            Thread thread = parked;
            if (thread != null) {
                LockSupport.unpark(thread);
            }
        }
    }

    @Override
    public void close() {
        synchronized (segment.lock()) {
            for (SegmentPort port : ports) {
                port.waiters(
                        Arrays.stream(port.waiters()).filter(w -> w != this).toArray(SegmentWaiter[]::new));
            }
        }
    }

    private boolean ready() {
        for (SegmentPort port : ports) {
            if (port.ready()) {
                return true;
            }
        }
        return false;
    }
}
