package io.diskless.drbd.session;

import io.diskless.drbd.internal.ResyncController;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much a resync or a verify may ask for, and when (spec drbd-semantics 6.3). Each 0.1 s the {@link ResyncController} says
 * how much; between the ticks, while there is a c-fill-target and less than that is under way, what comes in may be
 * asked for anew at once, so that a short line is not left idle until the next tick. Both together stay below c-max-rate.
 * A tick in which applications used the disk leaves no more than c-min-rate.
 *
 * <p>Time is that of the executor. Confined to its thread.
 */
final class ResyncPace {
    private static final int TICKS = ResyncController.TICKS;
    private static final long TICK_MILLIS = 1000 / TICKS;
    private static final int SECTORS_PER_KIB = 2;
    private static final int SECTORS_PER_BLOCK = 8;

    private final ScheduledExecutorService loop;
    private final SyncOptions options;
    private final LongSupplier application;
    private final Runnable more;
    private final ResyncController controller;
    private long credit;
    private long room;
    /** Asked for beyond what was allowed, without a controller. */
    private long debt;

    private long inFlight;
    private long received;
    private long replaced;
    private long seen;
    /** What whole blocks of c-min-rate left over, in sectors times {@link #TICKS}. */
    private long rest;

    private @Nullable Future<?> timer;

    /**
     * A pace that has not begun.
     *
     * @param loop runs the ticks
     * @param options the rates
     * @param application counts what applications do with the disk
     * @param more asks for as much as {@link #allowed} says; called in each tick
     */
    ResyncPace(ScheduledExecutorService loop, SyncOptions options, LongSupplier application, Runnable more) {
        this.loop = loop;
        this.options = options;
        this.application = application;
        this.more = more;
        controller = new ResyncController(
                options.rate(),
                options.planAhead(),
                options.delayTarget(),
                options.fillTarget(),
                options.maxRate(),
                // What is under way is bounded by the caller at each request, not only in the ticks.
                Integer.MAX_VALUE);
    }

    /** Begins, or goes on after a pause; the first tick is now. */
    void start() {
        seen = application.getAsLong();
        if (timer == null) {
            tick();
        }
    }

    /** No more ticks; what is under way still counts. */
    void stop() {
        Future<?> t = timer;
        timer = null;
        credit = 0;
        room = 0;
        if (t != null) {
            t.cancel(false);
        }
    }

    private void tick() {
        timer = loop.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        long now = application.getAsLong();
        boolean busy = now != seen;
        seen = now;
        // What was asked for anew between the ticks needs no answer by the controller.
        credit = (long) controller.tick(received - replaced, inFlight) * SECTORS_PER_BLOCK;
        long repaid = Math.min(debt, credit);
        debt -= repaid;
        credit -= repaid;
        received = 0;
        replaced = 0;
        room = isControlled() ? (long) options.maxRate() * SECTORS_PER_KIB / TICKS : 0;
        if (busy && options.minRate() > 0) {
            long due = (long) options.minRate() * SECTORS_PER_KIB + rest;
            long unit = (long) SECTORS_PER_BLOCK * TICKS;
            rest = due % unit;
            room = Math.min(room, due / unit * SECTORS_PER_BLOCK);
            credit = Math.min(credit, due / unit * SECTORS_PER_BLOCK);
        }
        more.run();
    }

    private boolean isControlled() {
        return options.planAhead() > 0;
    }

    /** How many blocks may be asked for now. */
    long allowed() {
        return Math.max(credit, anew()) / SECTORS_PER_BLOCK;
    }

    /** What came in between the ticks and may be asked for anew at once, in sectors. */
    private long anew() {
        return isControlled() && credit == 0
                ? Math.max(0, Math.min(Math.min(received - replaced, options.fillTarget() - inFlight), room))
                : 0;
    }

    /**
     * Blocks were asked for; the last one of a volume may be partial, and counts as whole. Where they are more than was
     * {@link #allowed}, the next ticks pay for the rest; a controller sees it under way and needs no other account of it.
     */
    void asked(long blocks) {
        long sectors = blocks * SECTORS_PER_BLOCK;
        long again = Math.min(sectors - Math.min(sectors, credit), anew());
        long paid = Math.min(sectors, credit);
        replaced += again;
        credit -= paid;
        debt += isControlled() ? 0 : sectors - paid;
        inFlight += sectors;
        room = Math.max(0, room - sectors);
    }

    /** Blocks are under way that were asked for at another pace. */
    void carryOver(long blocks) {
        inFlight += blocks * SECTORS_PER_BLOCK;
    }

    /** Blocks came in, or will not come. */
    void ended(long blocks) {
        inFlight -= blocks * SECTORS_PER_BLOCK;
        received += blocks * SECTORS_PER_BLOCK;
    }

    /** Sectors under way. */
    long inFlight() {
        return inFlight;
    }
}
