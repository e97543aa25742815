package io.diskless.cluster.block.internal;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockGeometry;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** The geometry of a device, and those who want to hear of its changes. Thread-safe. */
public final class GeometryState {
    private static final System.Logger LOG = System.getLogger(BlockDevice.class.getName());

    private final CopyOnWriteArrayList<Entry> listeners = new CopyOnWriteArrayList<>();
    private volatile BlockGeometry current;

    /** One subscription; a listener that subscribed twice has two. */
    private record Entry(Consumer<BlockGeometry> listener, AtomicBoolean closed) {}

    /**
     * Starts with a geometry.
     *
     * @param initial the first one
     */
    public GeometryState(BlockGeometry initial) {
        current = initial;
    }

    /** {@return the geometry now} */
    public BlockGeometry get() {
        return current;
    }

    /**
     * Replaces the geometry and tells everybody, if it is another one. Call it with no lock held.
     *
     * @param next the new geometry
     */
    public void set(BlockGeometry next) {
        if (replace(next)) {
            announce();
        }
    }

    /**
     * Replaces the geometry without telling anybody; for callers that hold a lock.
     *
     * @param next the new geometry
     * @return whether it differs, so that {@link #announce()} is due
     */
    public boolean replace(BlockGeometry next) {
        boolean differs = !current.equals(next);
        current = next;
        return differs;
    }

    /**
     * Tells everybody the geometry as it is now. Call it with no lock held. A listener that throws is logged: neither the
     * others nor the thread that noticed the change suffer from it.
     */
    public void announce() {
        BlockGeometry now = current;
        for (Entry entry : listeners) {
            if (!entry.closed.get()) {
                try {
                    entry.listener.accept(now);
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.ERROR, "a geometry listener threw", e);
                }
            }
        }
    }

    /**
     * Adds a listener.
     *
     * @param listener called at each change
     * @return ends it
     */
    public BlockDevice.Subscription subscribe(Consumer<BlockGeometry> listener) {
        Entry entry = new Entry(Objects.requireNonNull(listener, "listener"), new AtomicBoolean());
        listeners.add(entry);
        return () -> {
            if (entry.closed.compareAndSet(false, true)) {
                listeners.remove(entry);
            }
        };
    }
}
