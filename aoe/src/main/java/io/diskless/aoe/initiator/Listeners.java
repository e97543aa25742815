package io.diskless.aoe.initiator;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** Who hears what discovery finds. What a listener throws is its own affair and harms nobody else. Thread-safe. */
final class Listeners {
    private final CopyOnWriteArrayList<TargetListener> all = new CopyOnWriteArrayList<>();
    private final Logger log;

    Listeners(Logger log) {
        this.log = log;
    }

    void add(TargetListener listener) {
        all.add(listener);
    }

    void remove(TargetListener listener) {
        all.remove(listener);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    void tell(Consumer<TargetListener> news) {
        for (TargetListener listener : all) {
            tell(listener, news);
        }
    }

    void tell(TargetListener listener, Consumer<TargetListener> news) {
        try {
            news.accept(listener);
        } catch (RuntimeException | Error e) {
            log.error("a target listener threw", e);
        }
    }
}
