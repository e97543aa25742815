package io.diskless.aoe.target;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.ata.AtaCommand;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.RangeLock;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A device that a target serves under an address; made by {@link AoeTarget#export}. The device stays the caller's: closing
 * the export ends the service and lets go of the device, which is then closed by its owner.
 *
 * <p>Thread-safe.
 */
public final class Export implements AutoCloseable {
    private final AoeTarget owner;
    private final AoeAddress address;
    private final BlockDevice device;
    private final ExportOptions options;
    private final SettingsStore store;
    private final RangeLock lock = new RangeLock();
    private final FlushTimer timer;
    /** Guards what is changed seldom: geometry, cache, settings. No user code runs under it but the settings store. */
    private final Object guard = new Object();

    private final AtomicInteger underWay = new AtomicInteger();

    private volatile BlockGeometry geometry;
    private volatile boolean readOnly;
    private volatile boolean cacheOn;
    private volatile boolean dirty;
    private volatile boolean healthy = true;
    private volatile byte[] identity;
    private volatile ExportSettings settings;
    private volatile boolean late;
    private volatile boolean closed;
    private BlockDevice.@Nullable Subscription subscription;

    Export(
            AoeTarget owner,
            AoeAddress address,
            BlockDevice device,
            ExportOptions options,
            SettingsStore store,
            ExportSettings settings) {
        this.owner = owner;
        this.address = address;
        this.device = device;
        this.options = options;
        this.store = store;
        this.settings = settings;
        readOnly = options.readOnly();
        cacheOn = !(options.writePolicy() instanceof WritePolicy.WriteThrough);
        timer = new FlushTimer(this);
        geometry = seen(device.geometry());
        identity = Identity.of(this);
    }

    /**
     * The name on the network.
     *
     * @return shelf and slot
     */
    public AoeAddress address() {
        return address;
    }

    /**
     * What is served.
     *
     * @return the caller's device
     */
    public BlockDevice device() {
        return device;
    }

    /**
     * How it is served.
     *
     * @return the options that the export was made with
     */
    public ExportOptions options() {
        return options;
    }

    /**
     * The shape as peers see it.
     *
     * @return the device's, read-only if the export is
     */
    public BlockGeometry geometry() {
        return geometry;
    }

    /**
     * Whether the export refuses writes, or the device does.
     *
     * @return true if every write is aborted
     */
    public boolean isReadOnly() {
        return geometry.readOnly();
    }

    /**
     * Makes the export read-only or, if the device can be written, writable again. Writes that are under way are finished.
     *
     * @param value whether writes are refused from now on
     */
    public void setReadOnly(boolean value) {
        readOnly = value;
        reshaped(device.geometry());
    }

    /**
     * Whether a completed write may still be lost by a crash of this host; see {@link WritePolicy}.
     *
     * @return whether the write cache is on, as IDENTIFY tells in word 85
     */
    public boolean isWriteCacheOn() {
        return cacheOn;
    }

    /**
     * What peers, or {@link #apply}, have set.
     *
     * @return config string, mask and reservation
     */
    public ExportSettings settings() {
        return settings;
    }

    /**
     * Sets config string, mask and reservation from this side, and saves what is to be saved.
     *
     * @param wanted the new settings
     * @throws AoeException if they could not be saved; then the old ones stay
     */
    public void apply(ExportSettings wanted) throws AoeException {
        synchronized (guard) {
            save(wanted);
        }
        owner.announce(this);
    }

    /**
     * Ends the service: no further request is answered. Waits, as long as the target's close timeout, for what the device
     * has under way, and flushes what is not durable yet. Idempotent.
     *
     * @throws AoeException if the device did not let go in time or could not be flushed
     */
    @Override
    public void close() throws AoeException {
        owner.remove(this);
    }

    /** Reads, written sectors and the like, over all ports. */
    long[] sums() {
        return owner.sums(this);
    }

    /** Asked each time: a device may change its mind, and one that once broke its promise is not trusted again. */
    boolean completesInline() {
        return !late && device.completesInline();
    }

    /** Whether a write to a device that completes inline would, too: some of them may have to wait for another thread. */
    boolean writesInline(long lba, int count, boolean forced) {
        return device.writesInline(
                lba * AtaCommand.SECTOR, (long) count * AtaCommand.SECTOR, forced ? BlockDevice.FUA : 0);
    }

    /** The device did not complete inline although it said so. */
    void wasLate() {
        late = true;
    }

    RangeLock lock() {
        return lock;
    }

    FlushTimer timer() {
        return timer;
    }

    int memoryAlignment() {
        return geometry.memoryAlignment();
    }

    boolean forceUnitAccess() {
        return !cacheOn;
    }

    byte[] identity() {
        return identity;
    }

    boolean isHealthy() {
        return healthy;
    }

    boolean isClosed() {
        return closed;
    }

    void tell(TargetEvent event) {
        owner.tell(event);
    }

    /** The device threw, which no device may. */
    void threw(Throwable cause) {
        tell(new TargetEvent.DeviceThrew(address, cause));
    }

    /** What an operation fails with whose device threw. */
    static BlockException broken(long offset, Throwable cause) {
        return new BlockException(BlockException.Kind.MEDIUM, offset, "the device threw " + cause, cause);
    }

    /** Follows the device from now on. */
    void subscribe() {
        BlockDevice.Subscription s = device.onGeometryChange(this::reshaped);
        synchronized (guard) {
            subscription = s;
        }
        // What changed between the constructor and now.
        reshaped(device.geometry());
    }

    /** No request may reach the device any more; returns once the device is nobody's. */
    void end() {
        closed = true;
        BlockDevice.Subscription s;
        synchronized (guard) {
            s = subscription;
            subscription = null;
        }
        if (s != null) {
            s.close();
        }
    }

    private BlockGeometry seen(BlockGeometry now) {
        return now.withReadOnly(now.readOnly() || readOnly);
    }

    private void reshaped(BlockGeometry now) {
        BlockGeometry shown;
        synchronized (guard) {
            shown = seen(now);
            if (shown.equals(geometry)) {
                return;
            }
            geometry = shown;
            identity = Identity.of(this);
        }
        tell(new TargetEvent.ExportChanged(address, shown));
        owner.announce(this);
    }

    /** SET FEATURES: false if this export has no cache to switch on. */
    boolean writeCache(boolean on) {
        synchronized (guard) {
            if (on && options.writePolicy() instanceof WritePolicy.WriteThrough) {
                return false;
            }
            cacheOn = on;
            identity = Identity.of(this);
        }
        return true;
    }

    /** Computes a change from the settings as they are, saves them, and publishes them. */
    SettingsChange.Outcome change(long source, Function<ExportSettings, SettingsChange.Outcome> change)
            throws AoeException {
        SettingsChange.Outcome outcome;
        boolean changed;
        synchronized (guard) {
            ExportSettings before = settings;
            outcome = change.apply(before);
            changed = !outcome.after().equals(before);
            if (changed) {
                save(outcome.after());
            }
        }
        if (changed) {
            tell(new TargetEvent.SettingsChanged(address, MacAddress.of(source), outcome.after()));
        }
        return outcome;
    }

    private void save(ExportSettings wanted) throws AoeException {
        ExportSettings before = kept(settings);
        ExportSettings after = kept(wanted);
        if (!after.equals(before)) {
            store.save(address, after);
        }
        settings = wanted;
    }

    /** What of the settings survives a restart. */
    private ExportSettings kept(ExportSettings s) {
        return new ExportSettings(
                s.rawConfig(),
                options.persistMask() ? s.mask() : List.of(),
                options.persistReservations() ? s.reservation() : List.of());
    }

    /** A request goes to the device. */
    void began() {
        underWay.getAndIncrement();
    }

    /** The device has let go of a request. */
    void ended() {
        if (underWay.decrementAndGet() == 0 && closed) {
            synchronized (guard) {
                guard.notifyAll();
            }
        }
    }

    /** Waits until the device has let go of all requests; after {@link #end}. */
    boolean awaitIdle(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        synchronized (guard) {
            while (underWay.get() > 0) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(guard, left);
            }
        }
        return true;
    }

    int underWay() {
        return underWay.get();
    }

    /** A write has completed; unless it was sent as a forced one it has to be flushed, whatever the cache is now. */
    void wrote(boolean forced) {
        if (!forced && !dirty) {
            dirty = true;
        }
    }

    boolean isDirty() {
        return dirty;
    }

    /** A flush begins: it covers what was completed before. */
    void flushing() {
        dirty = false;
    }

    /** A flush has ended. */
    void flushed(@Nullable BlockException cause) {
        if (cause != null) {
            dirty = true;
        }
    }

    /** The device reported a failure to a peer. */
    void failed(BlockException cause) {
        if (cause.kind() == BlockException.Kind.MEDIUM) {
            healthy = false;
        }
    }

    /** {@return the address and the size} */
    @Override
    public String toString() {
        return address + " (" + geometry.size() + " bytes" + (geometry.readOnly() ? ", read-only)" : ")");
    }
}
