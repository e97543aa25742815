package io.diskless.drbd.session;

import java.util.ArrayDeque;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets the source of a resync, or who answers a verify, give way to applications (spec drbd-semantics 6.3): after 0.1 s in
 * which they used the disk, what the peer asks for in the next 0.1 s is read at c-min-rate, and the rest waits. Who is asked
 * for nothing keeps no time. Confined to the executor's thread.
 */
final class SourcePace {
    private static final int TICKS = 10;
    private static final long TICK_MILLIS = 1000 / TICKS;
    private static final int KIB = 1024;

    private record Wish(int bytes, Runnable start) {}

    private final ScheduledExecutorService loop;
    private final IntSupplier minRate;
    private final LongSupplier application;
    private final ArrayDeque<Wish> waiting = new ArrayDeque<>();
    private boolean busy;
    private long seen;
    /** Bytes that were let through beyond what earlier ticks allowed, or in this one. */
    private long used;

    private @Nullable Future<?> timer;

    /**
     * A pace that lets everything through as yet.
     *
     * @param loop runs the ticks
     * @param minRate c-min-rate in KiB/s; 0 to take no notice of applications
     * @param application counts what applications do with the disk
     */
    SourcePace(ScheduledExecutorService loop, IntSupplier minRate, LongSupplier application) {
        this.loop = loop;
        this.minRate = minRate;
        this.application = application;
    }

    /** Starts a request of that size, now or when its turn comes. */
    void admit(int bytes, Runnable start) {
        if (minRate.getAsInt() == 0 && waiting.isEmpty()) {
            start.run();
            return;
        }
        if (timer == null) {
            seen = application.getAsLong();
            used = 0;
            busy = false;
            timer = loop.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
        waiting.add(new Wish(bytes, start));
        go();
    }

    /** One request goes through in any case, however large it is; the next ticks are shorter by what was too much. */
    private void go() {
        while (!waiting.isEmpty() && (!busy || used < allowed())) {
            Wish next = waiting.remove();
            used += next.bytes;
            next.start.run();
        }
    }

    private long allowed() {
        return (long) minRate.getAsInt() * KIB / TICKS;
    }

    private void tick() {
        long now = application.getAsLong();
        boolean idle = used == 0 && waiting.isEmpty();
        busy = minRate.getAsInt() > 0 && now != seen;
        seen = now;
        used = busy ? Math.max(0, used - allowed()) : 0;
        timer = idle ? null : loop.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        go();
    }

    /** The connection ended: what waits is started, and finds that out. */
    void close() {
        Future<?> t = timer;
        timer = null;
        if (t != null) {
            t.cancel(false);
        }
        busy = false;
        while (!waiting.isEmpty()) {
            waiting.remove().start.run();
        }
    }
}
