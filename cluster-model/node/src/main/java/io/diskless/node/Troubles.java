package io.diskless.node;

import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.plan.run.Outcome;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** What does not work on a storage node: one bad volume is named, and does not stop the others. Thread-safe. */
final class Troubles {
    /** Something to do that may not work. */
    interface Attempt {
        void run() throws NodeException;
    }

    private final Map<LayerId, String> found = new ConcurrentHashMap<>();
    private final Consumer<? super StorageEvent> listener;

    Troubles(Consumer<? super StorageEvent> listener) {
        this.listener = listener;
    }

    Map<LayerId, String> all() {
        return found;
    }

    void attempt(LayerId about, Attempt work) {
        try {
            work.run();
            found.remove(about);
        } catch (NodeException e) {
            add(about, e);
        }
    }

    void add(LayerId about, Throwable why) {
        String words = OrderBook.failed(why) instanceof Outcome.Failed failed ? failed.reason() : String.valueOf(why);
        if (!words.equals(found.put(about, words))) {
            listener.accept(new StorageEvent.Trouble(about, words));
        }
    }

    void end(LayerId about) {
        found.remove(about);
    }
}
