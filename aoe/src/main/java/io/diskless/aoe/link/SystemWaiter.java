package io.diskless.aoe.link;

import static io.diskless.aoe.internal.linux.LinuxConstants.*;

import io.diskless.aoe.internal.linux.LibC;
import io.diskless.aoe.internal.linux.NativeMemory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits in ppoll for frames, for news of the interfaces and for an eventfd.
 *
 * <p>A wake-up costs a system call only if the thread really sleeps: a waker sets {@code pending} and then looks at
 * {@code asleep}; the sleeper sets {@code asleep} and then looks at {@code pending}. The eventfd may stay readable after a
 * wait that ended for another reason; then the next wait returns early, which is allowed.
 */
final class SystemWaiter implements LinkWaiter {
    /** Nothing here waits longer at a stretch; returning early is allowed. */
    private static final long LONGEST = 1_000_000_000;
    /** Nothing tells when a card has sent a frame. */
    private static final long WHILE_SENDING = 200_000;

    private static final int POLLFD = 8;
    private static final int REVENTS = 6;

    private final SystemLink[] links;
    private final boolean[] entered;
    private final int event;
    private final NativeMemory memory;
    private final int timeAt;
    private final int valueAt;
    private final int oneAt;
    private final AtomicBoolean pending = new AtomicBoolean();
    private volatile boolean asleep;
    private boolean closed; // guarded by this

    private SystemWaiter(SystemLink[] links, int event) {
        this.links = links;
        this.event = event;
        entered = new boolean[links.length];
        // The eventfd, then for each link its socket and its monitor; behind them a timespec and the eventfd's value.
        int fds = 1 + 2 * links.length;
        timeAt = fds * POLLFD;
        valueAt = timeAt + 16;
        oneAt = valueAt + 8;
        memory = new NativeMemory(oneAt + 8);
        memory.bytes().putLong(oneAt, 1);
        pollfd(0, event);
    }

    static SystemWaiter over(List<? extends EthernetLink> links) {
        SystemLink[] mine = new SystemLink[links.size()];
        for (int i = 0; i < mine.length; i++) {
            if (!(PcapLink.bare(links.get(i)) instanceof SystemLink link)) {
                throw new IllegalArgumentException("a waiter serves links of one kind; not a link of the system: "
                        + links.get(i).name());
            }
            mine[i] = link;
        }
        int event = LibC.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (event < 0) {
            throw new IllegalStateException("no eventfd to wait with: raise the limit of open files (ulimit -n)");
        }
        SystemWaiter waiter = new SystemWaiter(mine, event);
        for (SystemLink link : mine) {
            link.add(waiter);
        }
        return waiter;
    }

    @Override
    public void await(long nanos) {
        if (pending.getAndSet(false) || nanos <= 0) {
            return;
        }
        long wait = Math.min(nanos, LONGEST);
        boolean ready = false;
        for (int i = 0; i < links.length; i++) {
            SystemLink link = links[i];
            entered[i] = link.enter();
            if (entered[i]) {
                ready |= link.hasFrames() || link.hasNews();
                if (link.sendBlocked()) {
                    wait = Math.min(wait, WHILE_SENDING);
                }
            }
            pollfd(1 + 2 * i, entered[i] ? link.receiveFd() : -1);
            pollfd(2 + 2 * i, entered[i] ? link.monitor().fd() : -1);
        }
        try {
            if (!ready) {
                asleep = true;
                if (!pending.get()) {
                    poll(wait);
                }
            }
        } finally {
            asleep = false;
            for (int i = 0; i < links.length; i++) {
                if (entered[i]) {
                    links[i].leave();
                }
            }
            pending.set(false);
        }
    }

    @Override
    public void wakeup() {
        if (!pending.get() && !pending.getAndSet(true) && asleep) {
            synchronized (this) {
                if (!closed) {
                    LibC.write(event, memory.address(oneAt), 8);
                }
            }
        }
    }

    @Override
    public void close() {
        for (SystemLink link : links) {
            link.remove(this);
        }
        synchronized (this) {
            if (!closed) {
                closed = true;
                pollfd(0, -1);
                LibC.close(event);
            }
        }
    }

    private void poll(long nanos) {
        ByteBuffer b = memory.bytes();
        b.putLong(timeAt, nanos / 1_000_000_000).putLong(timeAt + 8, nanos % 1_000_000_000);
        int n = LibC.ppoll(memory.address(), 1 + 2 * links.length, memory.address(timeAt), 0);
        if (n <= 0) {
            return; // time is over, or a signal came
        }
        if (b.getShort(REVENTS) != 0) {
            LibC.read(event, memory.address(valueAt), 8);
        }
        for (int i = 0; i < links.length; i++) {
            if ((b.getShort((1 + 2 * i) * POLLFD + REVENTS) & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
                links[i].clearError();
                links[i].newsExpected();
            }
            if (b.getShort((2 + 2 * i) * POLLFD + REVENTS) != 0) {
                links[i].newsExpected();
            }
        }
    }

    private void pollfd(int at, int fd) {
        memory.bytes()
                .putInt(at * POLLFD, fd)
                .putShort(at * POLLFD + 4, (short) POLLIN)
                .putShort(at * POLLFD + REVENTS, (short) 0);
    }
}
