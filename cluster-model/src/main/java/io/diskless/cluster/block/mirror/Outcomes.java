package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;

/** What becomes of an operation, and of the legs, when every leg that it was sent to has answered. Confined to the mirror's lock. */
final class Outcomes {
    private final MirrorCore core;

    Outcomes(MirrorCore core) {
        this.core = core;
    }

    void finishRead(Request read) {
        BlockException cause = null;
        for (Leg leg : core.legs) {
            BlockException failure = read.failure(leg.index);
            if (failure != null) {
                cause = failure;
                read.tried |= leg.bit;
                if (Failures.transfersNothing(failure)) {
                    // The caller's buffer lies where no leg can use it.
                    read.tried = -1;
                } else {
                    readFailed(leg, failure);
                }
            }
        }
        if (cause == null && read.mask != 0) {
            if (read.tried != 0) {
                core.copier.repairAfter(read);
            }
            core.conclude(read, null);
        } else {
            if (cause != null) {
                read.result = Failures.atOffset(cause, read.offset, core.layout.dataOffset());
            }
            if (read.tried == -1 || core.chooseForRead(read.tried) == null) {
                BlockException known = read.result;
                core.conclude(read, known != null ? known : Failures.noLeg(read.offset));
            } else {
                // Legs may have changed places meanwhile, so the whole admission is asked again.
                core.admitRead(read);
            }
        }
    }

    /** A medium error on read costs a leg its place only when it makes a habit of it. */
    void readFailed(Leg leg, BlockException failure) {
        leg.lastError = failure;
        if (failure.kind() != BlockException.Kind.MEDIUM || ++leg.readErrors > core.options.readErrorLimit()) {
            core.legFailed(leg, failure);
        }
    }

    void finishWrite(Request request) {
        BlockException cause = null;
        int failed = 0;
        boolean callers = true;
        boolean touched = false;
        for (Leg leg : core.legs) {
            BlockException failure = request.failure(leg.index);
            if (failure != null) {
                failed |= leg.bit;
                callers &= Failures.isRefusal(failure);
                cause = failure;
            }
            touched |= (request.mask & leg.bit) != 0 && (failure == null || !Failures.transfersNothing(failure));
        }
        if (cause != null && !(callers && failed == request.mask)) {
            // Those that are gone first: if all failed, the one that still answers is the one to keep.
            for (int round = 0; round < 2; round++) {
                for (int i = core.legs.length - 1; i >= 0; i--) {
                    BlockException failure = request.failure(i);
                    if (failure != null && Failures.isGone(failure) == (round == 0)) {
                        core.legFailed(core.legs[i], failure);
                    }
                }
            }
        }
        boolean held = (request.mask & ~failed & core.legsInSync()) != 0;
        if (request.isWrite()) {
            if (!held && touched) {
                followPrimary(request);
            }
            core.intent.retire(request);
            core.gate.leave(request);
        }
        if (!held) {
            core.conclude(
                    request,
                    cause != null
                            ? Failures.atOffset(cause, request.offset, core.layout.dataOffset())
                            : Failures.noLeg(request.offset));
        } else if (core.recorder.durableChange < core.requiredChange) {
            core.recorder.awaitFor(request);
        } else {
            core.conclude(request, null);
        }
    }

    /**
     * No leg that counts took the write, but each may hold a part of it of its own: a leg may carry out a request piece by
     * piece and refuse any of them. One counts, and the others have to follow it, even in regions that were copied already.
     */
    private void followPrimary(Request write) {
        for (Leg leg : core.legs) {
            if ((write.mask & leg.bit) != 0 && leg != core.primary) {
                if (leg.state == LegState.RECOVERING) {
                    core.copier.need(leg, write.firstRegion, write.lastRegion);
                } else if (leg.state == LegState.IN_SYNC) {
                    core.copier.rewrite(leg, write.firstRegion, write.lastRegion);
                }
            }
        }
        core.copier.pump();
    }
}
