package io.diskless.aoe.initiator;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkWaiter;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.net.AoeAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds AoE targets on some Ethernet ports and opens them as disks.
 *
 * <p>Two modes. After {@link #start()} a thread of its own does the work, and everything may be called from any thread.
 * Without it the user calls {@link #poll()} from one thread, for example in step with a virtual clock; then waiting
 * methods ({@link #disk}, {@link #discover}) poll by themselves and belong to that thread, while submitting to disks
 * stays free to all.
 *
 * <p>Thread-safe after {@link #start()}; else {@link #poll()} and what waits are confined to one thread. The links stay
 * the caller's: they are not closed.
 */
public final class AoeInitiator implements AutoCloseable {
    private final EventLoop loop;
    private final List<EthernetLink> links;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final AtomicBoolean starting = new AtomicBoolean();
    private volatile boolean closed;
    private volatile @Nullable LoopThread thread;

    private AoeInitiator(List<? extends EthernetLink> links, InitiatorOptions options) {
        this.links = List.copyOf(links);
        loop = new EventLoop(this.links, options);
    }

    /**
     * Makes an initiator; it does nothing before {@link #start()} or {@link #poll()}.
     *
     * @param links the ports to use; from now on polled by nobody else
     * @param options how to behave
     * @return the initiator
     */
    public static AoeInitiator open(List<? extends EthernetLink> links, InitiatorOptions options) {
        if (links.isEmpty()) {
            throw new IllegalArgumentException("an initiator needs at least one link");
        }
        return new AoeInitiator(links, Objects.requireNonNull(options, "options"));
    }

    /**
     * Starts the dedicated thread, a daemon.
     *
     * @return this
     * @throws IllegalStateException if it was started or closed before
     */
    public AoeInitiator start() {
        if (closing.get() || !starting.compareAndSet(false, true)) {
            throw new IllegalStateException("an initiator is started once");
        }
        LoopThread runner = new LoopThread(loop, LinkWaiter.of(links), this::loopEnded);
        thread = runner;
        runner.start();
        return this;
    }

    /**
     * Does what is to be done now, without waiting.
     *
     * @return how many frames and requests were handled; 0 when there is nothing to do before
     *     {@link #nanosToNextTimer()}
     * @throws IllegalStateException if the dedicated thread does this
     */
    public int poll() {
        if (starting.get()) {
            throw new IllegalStateException("the initiator's own thread polls");
        }
        return closed ? 0 : loop.poll();
    }

    /**
     * How long {@link #poll()} has nothing to do if no frame comes and nothing is submitted.
     *
     * @return nanoseconds, 0 or more
     */
    public long nanosToNextTimer() {
        long next = loop.nextTimer();
        return next == Long.MAX_VALUE ? next : Math.max(0, next - loop.time());
    }

    // ---- discovery

    /**
     * Asks all targets on all ports and waits for answers.
     *
     * @param patience how long
     * @return all targets known then, by address
     * @throws AoeException if the initiator is closed or the wait was interrupted
     */
    public List<TargetInfo> discover(Duration patience) throws AoeException {
        CompletableFuture<List<TargetInfo>> future = new CompletableFuture<>();
        long nanos = patience.toNanos();
        run(() -> {
            loop.discovery.soon();
            loop.discovery.after(nanos, () -> future.complete(loop.discovery.told()));
        });
        return await(future, "discovery");
    }

    /** {@return the targets known now, by address} */
    public List<TargetInfo> targets() {
        return call(loop.discovery::told);
    }

    /**
     * Subscribes to what discovery finds. The listener is told at once of the targets that are known already.
     *
     * @param listener called on the event loop
     * @return ends the subscription
     */
    public BlockDevice.Subscription onTarget(TargetListener listener) {
        Objects.requireNonNull(listener, "listener");
        run(() -> {
            for (TargetInfo known : loop.discovery.told()) {
                loop.discovery.listeners.tell(listener, l -> l.appeared(known));
            }
            loop.discovery.listeners.add(listener);
        });
        return () -> loop.discovery.listeners.remove(listener);
    }

    // ---- disks

    /**
     * Opens a target and waits for it.
     *
     * @param address which
     * @param options how the disk behaves
     * @return the disk
     * @throws AoeException NO_TARGET if it does not answer in time, CONFLICT if it is open already
     */
    public AoeDisk disk(AoeAddress address, DiskOptions options) throws AoeException {
        return await(openDisk(address, options), "opening " + address);
    }

    /**
     * Opens a target.
     *
     * @param address which
     * @param options how the disk behaves
     * @return ends, on the event loop, with the disk or an {@link AoeException}
     */
    public CompletableFuture<AoeDisk> openDisk(AoeAddress address, DiskOptions options) {
        Objects.requireNonNull(address, "address");
        CompletableFuture<AoeDisk> future = new CompletableFuture<>();
        run(() -> {
            if (loop.closed) {
                future.completeExceptionally(closedFailure());
                return;
            }
            try {
                loop.discovery.openings.open(
                        address,
                        options.openTimeout().toNanos(),
                        target -> attach(target, options, future),
                        future::completeExceptionally);
            } catch (RuntimeException | Error e) {
                future.completeExceptionally(failed(address, e));
                throw e;
            }
        });
        return future;
    }

    private void attach(RemoteTarget target, DiskOptions options, CompletableFuture<AoeDisk> future) {
        if (target.engine != null) {
            future.completeExceptionally(new AoeException(
                    AoeException.Kind.CONFLICT, target.address + " is open already; close that disk first"));
            return;
        }
        AoeDisk disk;
        try {
            DiskEngine engine = new DiskEngine(loop, target, options, Objects.requireNonNull(target.identity));
            target.engine = engine;
            loop.keeper.refreshLimits(target);
            disk = new AoeDisk(this, engine, target.address);
        } catch (RuntimeException | Error e) {
            // Not for the loop: a target that cannot be opened is no reason why the others should end.
            target.engine = null;
            future.completeExceptionally(failed(target.address, e));
            return;
        }
        future.complete(disk);
    }

    private static AoeException failed(AoeAddress address, Throwable cause) {
        return new AoeException(AoeException.Kind.IO, "opening " + address + " failed: " + cause, cause);
    }

    /**
     * Direct messages to a target that need no open disk: config string, mask list, reservations.
     *
     * @param address which
     * @return the operations
     */
    public TargetControl control(AoeAddress address) {
        return new TargetControl(this, loop, address);
    }

    /** {@return what was received and dropped so far} */
    public InitiatorSnapshot snapshot() {
        return call(loop::snapshot);
    }

    // ---- inside

    boolean isClosed() {
        return closing.get();
    }

    Request acquire() {
        return loop.submissions.acquire();
    }

    void submit(Request request) {
        request.submittedAt = loop.time();
        loop.submissions.push(request);
        LoopThread runner = thread;
        if (runner != null) {
            runner.submitted();
        }
        if (closed) {
            // The loop may have made its last round between our look at it and the push.
            loop.afterClose();
        }
    }

    /** Runs something on the event loop: at once where this thread is or may be the loop. */
    void run(Runnable task) {
        LoopThread runner = thread;
        if (closed || runner == null || Thread.currentThread() == runner.thread()) {
            task.run();
            return;
        }
        Request request = acquire();
        request.op = Request.TASK;
        request.task = task;
        submit(request);
    }

    /** Gets something from the event loop. */
    <T> T call(Supplier<T> question) {
        LoopThread runner = thread;
        if (closed || runner == null || Thread.currentThread() == runner.thread()) {
            return question.get();
        }
        CompletableFuture<T> future = new CompletableFuture<>();
        run(() -> {
            try {
                future.complete(question.get());
            } catch (RuntimeException | Error e) {
                future.completeExceptionally(e);
                throw e;
            }
        });
        return future.join();
    }

    private <T> T await(CompletableFuture<T> future, String what) throws AoeException {
        if (thread == null) {
            while (!future.isDone() && !closed) {
                if (loop.poll() == 0) {
                    Thread.onSpinWait();
                }
            }
        }
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AoeException(AoeException.Kind.TIMEOUT, what + " was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AoeException cause) {
                throw new AoeException(cause.kind(), String.valueOf(cause.getMessage()), cause);
            }
            throw new AoeException(AoeException.Kind.IO, what + " failed", e.getCause());
        }
    }

    static AoeException closedFailure() {
        return new AoeException(AoeException.Kind.CLOSED, "the initiator was closed");
    }

    /** Ends all disks and the dedicated thread; what is under way fails with CLOSED. Idempotent. */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        LoopThread runner = thread;
        if (runner == null) {
            loop.close();
            loopEnded();
        } else {
            runner.stop();
        }
    }

    private void loopEnded() {
        closing.set(true);
        closed = true;
        loop.afterClose();
    }
}
