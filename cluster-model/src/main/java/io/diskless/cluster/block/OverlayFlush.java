package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.Inline;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes an overlay durable: first the data, then the bits of the map that speak of it, then the map. One run at a time;
 * who asks during a run is served by the next one, together with all others who do. Thread-safe.
 */
final class OverlayFlush implements Completion {
    private enum Phase {
        DATA,
        MAP,
        SEAL
    }

    private final BlockDevice store;
    private final OverlayMap map;
    private final Object lock = new Object();
    private List<Completion> waiting = new ArrayList<>();
    private boolean running;

    // Of the run: one step after the other, each begun by the completion of the one before.
    private List<Completion> served = List.of();
    private List<OverlayMap.Piece> pieces = List.of();
    private int next;
    private Phase phase = Phase.DATA;

    OverlayFlush(BlockDevice store, OverlayMap map) {
        this.store = store;
        this.map = map;
    }

    void request(Completion done) {
        synchronized (lock) {
            waiting.add(done);
            if (running) {
                return;
            }
            running = true;
        }
        begin();
    }

    private void begin() {
        synchronized (lock) {
            served = waiting;
            waiting = new ArrayList<>();
            // Taken before the data is flushed: every bit in it speaks of data that this flush covers.
            pieces = map.snapshot();
            next = 0;
            phase = Phase.DATA;
        }
        store.flush(this);
    }

    @Override
    public void completed() {
        switch (phase) {
            case DATA -> {
                if (pieces.isEmpty()) {
                    end(null);
                } else {
                    phase = Phase.MAP;
                    writeNext();
                }
            }
            case MAP -> writeNext();
            case SEAL -> {
                map.written(pieces);
                end(null);
            }
        }
    }

    private void writeNext() {
        if (next < pieces.size()) {
            OverlayMap.Piece piece = pieces.get(next++);
            store.write(piece.offset(), piece.bytes(), 0, this);
        } else {
            phase = Phase.SEAL;
            store.flush(this);
        }
    }

    @Override
    public void failed(BlockException cause) {
        map.again(pieces);
        end(cause);
    }

    private void end(@org.jspecify.annotations.Nullable BlockException failure) {
        List<Completion> ended;
        boolean more;
        synchronized (lock) {
            ended = served;
            more = !waiting.isEmpty();
            running = more;
        }
        for (Completion done : ended) {
            Inline.ended(done, failure);
        }
        if (more) {
            begin();
        }
    }
}
