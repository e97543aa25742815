package io.diskless.aoe.initiator;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.Completion;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one disk from their arrival to their completion: all of them in order of arrival and so of deadline,
 * those among them that are not cut into frames yet, and what has become of the others. Confined to the event loop.
 */
final class DiskRequests {
    private final EventLoop loop;
    private final RemoteTarget target;
    private final long deadline;

    private @Nullable Request queueFirst;
    private @Nullable Request queueLast;
    private @Nullable Request activeFirst;
    private @Nullable Request activeLast;
    private int active;

    private long reads;
    private long writes;
    private long flushes;
    private long discards;
    private long failures;
    private long timeouts;
    private long bytesRead;
    private long bytesWritten;
    private final LatencyRecorder readLatency = new LatencyRecorder();
    private final LatencyRecorder writeLatency = new LatencyRecorder();

    DiskRequests(EventLoop loop, RemoteTarget target, long deadline) {
        this.loop = loop;
        this.target = target;
        this.deadline = deadline;
    }

    /** The first one that is not cut to its end. */
    @Nullable
    Request first() {
        return queueFirst;
    }

    /** The one whose deadline comes first. */
    @Nullable
    Request oldest() {
        return activeFirst;
    }

    long nextDeadline() {
        return activeFirst == null ? Long.MAX_VALUE : activeFirst.deadline;
    }

    /** A request has come; one that has failed already, or has nothing to do, ends at once. */
    void accept(Request r) {
        r.deadline = r.submittedAt + deadline;
        active++;
        r.activePrev = activeLast;
        if (activeLast == null) {
            activeFirst = r;
        } else {
            activeLast.activeNext = r;
        }
        activeLast = r;
        if (r.failure != null || (r.length == 0 && r.op != Request.FLUSH)) {
            end(r);
            return;
        }
        if (queueLast == null) {
            queueFirst = r;
        } else {
            queueLast.next = r;
        }
        queueLast = r;
        r.queued = true;
    }

    /** A request has nothing left to be cut. */
    void unqueue(Request r) {
        Request before = null;
        for (Request q = queueFirst; q != null; before = q, q = q.next) {
            if (q == r) {
                if (before == null) {
                    queueFirst = q.next;
                } else {
                    before.next = q.next;
                }
                if (queueLast == q) {
                    queueLast = before;
                }
                q.next = null;
                q.queued = false;
                return;
            }
        }
    }

    /** Ends a request that has no I/O left. */
    void end(Request r) {
        if (r.queued) {
            unqueue(r);
        }
        active--;
        if (r.activePrev == null) {
            activeFirst = r.activeNext;
        } else {
            r.activePrev.activeNext = r.activeNext;
        }
        if (r.activeNext == null) {
            activeLast = r.activePrev;
        } else {
            r.activeNext.activePrev = r.activePrev;
        }
        Completion done = Objects.requireNonNull(r.done);
        BlockException failure = r.failure;
        if (failure == null) {
            count(r);
        } else {
            failures++;
            timeouts += failure.kind() == Kind.TIMEOUT ? 1 : 0;
        }
        loop.submissions.release(r);
        try {
            if (failure == null) {
                done.completed();
            } else {
                done.failed(failure);
            }
        } catch (RuntimeException | Error e) {
            // A completion that throws breaks its contract; other requests must not suffer for it.
            loop.log.error("a completion of {} threw", target.address, e);
        }
    }

    /** Ends a request with a failure, unless it has one that comes before. */
    void fail(Request r, BlockException cause) {
        r.fail(cause);
        end(r);
    }

    private void count(Request r) {
        long took = loop.now - r.submittedAt;
        switch (r.op) {
            case Request.READ -> {
                reads++;
                bytesRead += r.length;
                readLatency.record(took);
            }
            case Request.WRITE -> {
                writes++;
                bytesWritten += r.length;
                writeLatency.record(took);
            }
            case Request.FLUSH -> flushes++;
            default -> discards++;
        }
    }

    DiskSnapshot snapshot(int waitingToRepeat, int held, long heldTotal) {
        List<PathSnapshot> paths = new ArrayList<>(target.paths.size());
        for (Path path : target.paths) {
            paths.add(path.snapshot());
        }
        return new DiskSnapshot(
                target.address,
                reads,
                writes,
                flushes,
                discards,
                failures,
                timeouts,
                bytesRead,
                bytesWritten,
                active,
                waitingToRepeat,
                held,
                heldTotal,
                target.ledger.size(),
                readLatency.snapshot(),
                writeLatency.snapshot(),
                paths);
    }
}
