package io.diskless.cluster.block.mirror;

import org.jspecify.annotations.Nullable;

/**
 * Keeps the users' writes and the copier out of each other's way: a claim waits for the writes that overlap it and are
 * under way, and writes that come later wait for the claim. Writes do not wait for each other; that is the callers' affair.
 * Confined to the mirror's lock.
 */
final class WriteGate {
    /** A range that the copier or the scrubber has to itself while it is held. */
    static final class Claim {
        final Task owner;
        long start;
        long end;
        boolean held;
        private int waitingFor;
        private final Task.Queue parked = new Task.Queue();
        private @Nullable Claim nextClaim;

        Claim(Task owner) {
            this.owner = owner;
        }
    }

    private final MirrorCore core;
    private @Nullable Claim claims;
    private @Nullable Request active;

    WriteGate(MirrorCore core) {
        this.core = core;
    }

    /** Lets a write in, or parks it behind a claim. */
    boolean enter(Request write) {
        for (Claim claim = claims; claim != null; claim = claim.nextClaim) {
            if (overlaps(claim, write)) {
                claim.parked.add(write);
                return false;
            }
        }
        Request first = active;
        write.nextActive = first;
        write.prevActive = null;
        if (first != null) {
            first.prevActive = write;
        }
        active = write;
        return true;
    }

    /** A write has ended on every leg. */
    void leave(Request write) {
        Request before = write.prevActive;
        Request after = write.nextActive;
        if (before == null) {
            active = after;
        } else {
            before.nextActive = after;
        }
        if (after != null) {
            after.prevActive = before;
        }
        write.prevActive = null;
        write.nextActive = null;
        for (Claim claim = claims; claim != null; claim = claim.nextClaim) {
            // A write that came before the claim is one that it counted; a later one was parked and never entered.
            if (overlaps(claim, write) && --claim.waitingFor == 0) {
                core.background(claim.owner);
            }
        }
    }

    /** Whether another claim overlaps the range; then the claimant comes back later. */
    boolean isClaimed(long start, long end) {
        for (Claim claim = claims; claim != null; claim = claim.nextClaim) {
            if (claim.start < end && start < claim.end) {
                return true;
            }
        }
        return false;
    }

    /** Claims a range that {@link #isClaimed} said is free; the owner becomes ready when it has the range to itself. */
    void claim(Claim claim, long start, long end) {
        claim.start = start;
        claim.end = end;
        claim.held = true;
        claim.waitingFor = 0;
        for (Request write = active; write != null; write = write.nextActive) {
            if (overlaps(claim, write)) {
                claim.waitingFor++;
            }
        }
        claim.nextClaim = claims;
        claims = claim;
        if (claim.waitingFor == 0) {
            core.background(claim.owner);
        }
    }

    /** Gives a range back; the writes that waited for it go on in their order. */
    void release(Claim claim) {
        claim.held = false;
        if (claims == claim) {
            claims = claim.nextClaim;
        } else {
            for (Claim c = claims; c != null; c = c.nextClaim) {
                if (c.nextClaim == claim) {
                    c.nextClaim = claim.nextClaim;
                    break;
                }
            }
        }
        claim.nextClaim = null;
        for (Task write = claim.parked.poll(); write != null; write = claim.parked.poll()) {
            core.admitWrite((Request) write);
        }
    }

    private static boolean overlaps(Claim claim, Request write) {
        return claim.start < write.offset + write.length && write.offset < claim.end;
    }
}
