package io.diskless.drbd.internal;

/**
 * How many blocks of 4 KiB a resync or a verify may ask for in each tick of 0.1 s (semantics spec §6.3). Everything
 * inside is in sectors of 512 bytes.
 *
 * <p>With c-plan-ahead 0 it is resync-rate, to the block in the long run. Else a controller keeps a wanted amount under
 * way: c-fill-target, or as much as came in during the last tick times c-delay-target. What is missing is not asked for
 * at once but spread over c-plan-ahead ticks, in a ring; each tick asks for what came in plus its share. What came in is the
 * mean of the last two ticks: with one alone, a line whose answers take about two swings for ever between all and nothing. While nothing is
 * under way and nothing comes in, which is so at the start, the want is what resync-rate moves in that time.
 *
 * <p>Never more than c-max-rate, and never more under way than half of max-buffers. Ticks are the caller's; there is no
 * clock in here. Not thread-safe.
 */
public final class ResyncController {
    /** Ticks in a second. */
    public static final int TICKS = 10;

    private static final int SECTORS_PER_KIB = 2;
    private static final int SECTORS_PER_BLOCK = 8;

    private final int rate;
    private final int delayTarget;
    private final int fillTarget;
    private final int maxRate;
    private final long roof;
    private final long[] plan;
    private int at;
    private long planned;
    private long lastReceived;
    /** What whole blocks left over, in sectors times {@link #TICKS}. */
    private long rest;

    /**
     * A controller at the start of a resync.
     *
     * @param rate resync-rate in KiB/s, at least 1
     * @param planAhead c-plan-ahead in 0.1 s; 0 for a fixed rate
     * @param delayTarget c-delay-target in 0.1 s
     * @param fillTarget c-fill-target in sectors; 0 to go by delayTarget
     * @param maxRate c-max-rate in KiB/s, at least 1
     * @param maxBuffers max-buffers in pages of 4 KiB
     */
    public ResyncController(int rate, int planAhead, int delayTarget, int fillTarget, int maxRate, int maxBuffers) {
        if (rate < 1 || planAhead < 0 || delayTarget < 0 || fillTarget < 0 || maxRate < 1 || maxBuffers < 2) {
            throw new IllegalArgumentException("rates must be positive, max-buffers at least 2, the rest not negative");
        }
        this.rate = rate;
        this.delayTarget = delayTarget;
        this.fillTarget = fillTarget;
        this.maxRate = maxRate;
        this.roof = (long) maxBuffers / 2 * SECTORS_PER_BLOCK;
        this.plan = new long[planAhead];
    }

    /**
     * The next tick.
     *
     * @param received sectors that came in since the last tick
     * @param inFlight sectors asked for that have not come in
     * @return how many blocks to ask for now, 0 or more
     */
    public int tick(long received, long inFlight) {
        long wanted = plan.length == 0 ? fixed() : controlled(received, inFlight);
        long room = Math.max(0, roof - inFlight);
        if (wanted > room) {
            // What the buffers do not hold is not owed.
            rest = 0;
        }
        return (int) (Math.min(wanted, room) / SECTORS_PER_BLOCK);
    }

    private long fixed() {
        long credit = (long) rate * SECTORS_PER_KIB + rest;
        long unit = (long) SECTORS_PER_BLOCK * TICKS;
        rest = credit % unit;
        return credit / unit * SECTORS_PER_BLOCK;
    }

    private long controlled(long received, long inFlight) {
        int steps = plan.length;
        long correction = want(received, inFlight) - inFlight - planned;
        long share = correction / steps;
        for (int i = 0; i < steps; i++) {
            plan[i] += share;
        }
        // What does not divide is due at once, lest it be lost in every tick.
        long odd = correction - share * steps;
        long current = plan[at] + odd;
        planned += share * steps - plan[at];
        plan[at] = 0;
        at = (at + 1) % steps;

        long most = (long) maxRate * SECTORS_PER_KIB / TICKS;
        long came = (received + lastReceived) / 2;
        lastReceived = received;
        long sectors = Math.max(0, Math.min(came + current, most)) + rest / TICKS;
        // A rate of less than a block in a tick adds up to one.
        rest = sectors % SECTORS_PER_BLOCK * TICKS;
        return sectors;
    }

    private long want(long received, long inFlight) {
        if (received == 0 && inFlight == 0) {
            return Math.max(
                    (long) rate * SECTORS_PER_KIB * plan.length / TICKS, (long) SECTORS_PER_BLOCK * plan.length);
        }
        return fillTarget > 0 ? fillTarget : received * delayTarget;
    }
}
