package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.util.ArrayList;
import java.util.List;

/** Waits until writes are on stable storage, and remembers those that may be on none. Confined to the data loop. */
final class Flushes {
    private record Waiting(List<LocalWrite> before, Runnable then) {}

    private final List<Waiting> waiting = new ArrayList<>();
    /** Writes that had completed and may be on no disk; and how many of those a flush has told of. */
    private long lost;

    private long toldOf;

    /** Runs when none of these writes is waited for any longer. */
    void whenStable(List<LocalWrite> before, Runnable then) {
        if (before.isEmpty()) {
            then.run();
        } else {
            waiting.add(new Waiting(new ArrayList<>(before), then));
        }
    }

    /** A write is stable, or never will be. */
    void finished(LocalWrite write) {
        if (waiting.isEmpty()) {
            return;
        }
        for (Waiting w : List.copyOf(waiting)) {
            if (w.before().remove(write) && w.before().isEmpty()) {
                waiting.remove(w);
                w.then().run();
            }
        }
    }

    /** A write that had completed may be on no disk. */
    void lost() {
        lost++;
    }

    /**
     * The end of a flush that begins now. Each loss is told of once, but to every flush that was under way.
     *
     * @return ends the flush, with success if nothing was lost that had not been told of before it began
     */
    Runnable end(Completion done) {
        long told = toldOf;
        return () -> {
            if (lost == told) {
                done.completed();
                return;
            }
            toldOf = lost;
            done.failed(new BlockException(
                    BlockException.Kind.MEDIUM,
                    BlockException.NO_OFFSET,
                    "the peer was lost before it had said that writes are on its disk, and there was none here: "
                            + "what was written since the last flush may be gone"));
        };
    }
}
