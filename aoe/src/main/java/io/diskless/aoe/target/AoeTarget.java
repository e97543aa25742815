package io.diskless.aoe.target;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.net.AoeAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves block devices by ATA over Ethernet: many exports on many links, changed while it runs.
 *
 * <p>Two modes. Either the caller polls: one thread calls {@link #poll()} again and again, and everything happens in it,
 * flushes included. Or {@link #start()} gives each link a thread of its own, which waits when there is nothing to do, and
 * moves what may take long (flushes, saving of settings) to further threads.
 *
 * <p>Links and devices stay the caller's: the target does not close them. Thread-safe, except that one thread polls.
 */
public final class AoeTarget implements AutoCloseable {
    private enum State {
        POLLED,
        STARTED,
        CLOSED
    }

    private static final Logger LOG = LoggerFactory.getLogger(AoeTarget.class);

    private final TargetOptions options;
    private final AccessControl access;
    private final SettingsStore store;
    /** Guards the structure: state, ports, exports. No user code and no waiting under it. */
    private final Object guard = new Object();
    /** Held by the thread that polls, and by those who must know that it does not. */
    private final ReentrantLock polling = new ReentrantLock();

    private final ConcurrentSkipListMap<AoeAddress, Export> exports = new ConcurrentSkipListMap<>();
    private final CopyOnWriteArrayList<PortLoop> ports = new CopyOnWriteArrayList<>();
    /** The ports once more: walking over an array allocates nothing. */
    private volatile PortLoop[] polled = {};

    private final PortThreads threads;
    private final Background background;
    private volatile State state = State.POLLED;
    private volatile boolean closing;

    private AoeTarget(TargetOptions options) {
        this.options = options;
        access = new AccessControl(options.strangers(), options.strangerOperations());
        store = options.settings().orElseGet(SettingsStore::inMemory);
        background = new Background(options.threads());
        threads = new PortThreads(this, options);
    }

    /**
     * Makes a target without links and exports.
     *
     * @param options how it works
     * @return a new target
     */
    public static AoeTarget create(TargetOptions options) {
        return new AoeTarget(Objects.requireNonNull(options, "options"));
    }

    /**
     * Serves on one more link, from now on; all exports are announced there. The link's listener is the target's until it
     * is detached.
     *
     * @param link used by no other thread
     * @throws AoeException if the link is attached already, or the target is closed
     */
    public void attach(EthernetLink link) throws AoeException {
        Objects.requireNonNull(link, "link");
        PortLoop loop = new PortLoop(this, link, options);
        synchronized (guard) {
            checkOpen();
            for (PortLoop other : ports) {
                if (other.link() == link) {
                    throw new AoeException(AoeException.Kind.CONFLICT, "link " + link.name() + " is attached already");
                }
            }
            ExportTable table = ExportTable.EMPTY;
            for (Export export : exports.values()) {
                table = table.with(export);
            }
            loop.exports(table);
            loop.listen();
            ports.add(loop);
            polled = ports.toArray(PortLoop[]::new);
        }
        if (state == State.STARTED) {
            threads.start(loop, ports);
        }
        announceAll();
    }

    /**
     * Serves on a link no more. Answers to requests that devices still have are not sent. When this returns the link is
     * the caller's again.
     *
     * @param link attached before; another one is ignored
     */
    public void detach(EthernetLink link) {
        PortLoop gone = null;
        synchronized (guard) {
            for (PortLoop loop : ports) {
                if (loop.link() == link) {
                    gone = loop;
                }
            }
            if (gone != null) {
                ports.remove(gone);
                polled = ports.toArray(PortLoop[]::new);
            }
        }
        if (gone != null) {
            threads.stop(gone);
            // Whoever polls just now has left the link when the lock is ours.
            polling.lock();
            try {
                gone.release();
            } finally {
                polling.unlock();
            }
            announceAll();
        }
    }

    /**
     * Serves a device under an address, from now on, and announces it.
     *
     * @param address not yet exported here; not shelf 4095, which Linux does not use
     * @param device in sectors of 512 bytes or smaller units; stays the caller's, and open until the export is closed
     * @param exportOptions how
     * @return the export
     * @throws AoeException CONFLICT if the address is in use, NOT_SUPPORTED if the device cannot be served, CORRUPT or IO
     *     if its settings cannot be read, CLOSED if the target is
     */
    public Export export(AoeAddress address, BlockDevice device, ExportOptions exportOptions) throws AoeException {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(device, "device");
        if (!address.isUsableByLinux()) {
            throw new AoeException(
                    AoeException.Kind.NOT_SUPPORTED,
                    address
                            + " would not be used by Linux, which takes shelf 4095 for an unset switch: choose another");
        }
        if (device.geometry().logicalBlock() > BlockGeometry.SECTOR) {
            throw new AoeException(
                    AoeException.Kind.NOT_SUPPORTED,
                    "AoE sectors have 512 bytes, the device is addressed in blocks of "
                            + device.geometry().logicalBlock()
                            + ": open it in a mode that takes smaller writes");
        }
        ExportSettings settings =
                store.load(address).orElseGet(() -> ExportSettings.EMPTY.withConfig(exportOptions.configString()));
        Export export = new Export(this, address, device, exportOptions, store, settings);
        synchronized (guard) {
            checkOpen();
            if (exports.putIfAbsent(address, export) != null) {
                throw new AoeException(AoeException.Kind.CONFLICT, address + " is exported already");
            }
            for (PortLoop loop : ports) {
                loop.exports(loop.exports().with(export));
            }
        }
        export.subscribe();
        tell(new TargetEvent.ExportAdded(address));
        announce(export);
        return export;
    }

    /**
     * What is exported now.
     *
     * @return a copy, by address
     */
    public List<Export> exports() {
        return List.copyOf(exports.values());
    }

    /**
     * The links that are attached now.
     *
     * @return a copy
     */
    public List<EthernetLink> links() {
        return ports.stream().map(PortLoop::link).toList();
    }

    /**
     * Who may do what.
     *
     * @return the rules, changed at run time
     */
    public AccessControl access() {
        return access;
    }

    /**
     * Gives each link a thread of its own, the present ones and those that come.
     *
     * @throws AoeException if the target is closed
     * @throws IllegalStateException if it was started before
     */
    public void start() throws AoeException {
        List<PortLoop> present;
        polling.lock();
        try {
            synchronized (guard) {
                checkOpen();
                if (state == State.STARTED) {
                    throw new IllegalStateException("the target is started already");
                }
                state = State.STARTED;
                present = List.copyOf(ports);
            }
        } finally {
            polling.unlock();
        }
        for (PortLoop loop : present) {
            threads.start(loop, ports);
        }
    }

    /**
     * One round over all links, without waiting.
     *
     * @return how much was done; 0 if there was nothing to do
     * @throws IllegalStateException if the target was started and polls itself
     */
    public int poll() {
        polling.lock();
        try {
            if (state == State.STARTED) {
                throw new IllegalStateException("a started target polls itself");
            }
            int work = 0;
            for (PortLoop loop : polled) {
                work += loop.poll();
            }
            return work;
        } finally {
            polling.unlock();
        }
    }

    /**
     * What was counted so far.
     *
     * @return a snapshot
     */
    public TargetSnapshot snapshot() {
        return Snapshots.of(List.copyOf(ports), exports());
    }

    /**
     * Ends all exports as {@link Export#close()} does, answers what was under way, and stops the threads. Idempotent.
     *
     * @throws AoeException if a device did not let go in time or could not be flushed
     */
    @Override
    public void close() throws AoeException {
        boolean started;
        synchronized (guard) {
            if (closing) {
                return;
            }
            // Exports and links come no more, those that are there are still served.
            closing = true;
            started = state == State.STARTED;
        }
        AoeException failure = null;
        for (Export export : exports()) {
            try {
                export.close();
            } catch (AoeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        threads.stopAll();
        polling.lock();
        try {
            for (PortLoop loop : ports) {
                if (!started) {
                    loop.poll();
                }
                loop.release();
            }
            ports.clear();
            polled = new PortLoop[0];
            state = State.CLOSED;
        } finally {
            polling.unlock();
        }
        background.close();
        if (failure != null) {
            throw failure;
        }
    }

    private void checkOpen() throws AoeException {
        if (closing) {
            throw new AoeException(AoeException.Kind.CLOSED, "the target is closed");
        }
    }

    /** Ends an export, see {@link Export#close()}. */
    void remove(Export export) throws AoeException {
        synchronized (guard) {
            if (!exports.remove(export.address(), export)) {
                return;
            }
            for (PortLoop loop : ports) {
                loop.retire(export);
            }
        }
        quiesce();
        export.end();
        tell(new TargetEvent.ExportRemoved(export.address()));
        ExportCloser.finish(export, options.closeTimeout());
    }

    /** Returns when every port has begun a round after this call. */
    private void quiesce() {
        long timeout = options.closeTimeout().toNanos();
        try {
            threads.passed(null, timeout);
            // Whoever polls just now has ended the round when the lock is ours.
            if (polling.tryLock(timeout, TimeUnit.NANOSECONDS)) {
                polling.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Tells the user; what the user throws, errors included, is the user's, and does not stop a port. */
    void tell(TargetEvent event) {
        try {
            options.listener().accept(event);
        } catch (RuntimeException | Error e) {
            LOG.warn("the listener failed on {}", event, e);
        }
    }

    void announce(Export export) {
        for (PortLoop loop : ports) {
            for (PortExport e : loop.exports().all()) {
                if (e.export == export) {
                    e.markForAnnouncement();
                }
            }
            loop.announce();
        }
    }

    /** The buffer count is the smallest of all links, and links come and go. */
    private void announceAll() {
        for (Export export : exports.values()) {
            announce(export);
        }
    }

    /** The least of what the links can hold and what is to be told (spec §14, item 2: at least 2). */
    int bufferCount() {
        int count = options.bufferCount();
        for (PortLoop loop : ports) {
            count = Math.min(count, loop.sizes().mostBuffers());
        }
        return count;
    }

    boolean savesSlowly() {
        return store.isSlow();
    }

    /** Runs what may take long: elsewhere if the target has threads, here if the caller polls. */
    void background(Runnable task) {
        if (state == State.STARTED) {
            background.run(task);
        } else {
            task.run();
        }
    }

    /** Saves settings, one after the other. */
    void inOrder(Runnable task) {
        if (state == State.STARTED) {
            background.inOrder(task);
        } else {
            task.run();
        }
    }

    /** The sums of an export over all ports. */
    long[] sums(Export export) {
        return Snapshots.sums(export, List.copyOf(ports));
    }
}
