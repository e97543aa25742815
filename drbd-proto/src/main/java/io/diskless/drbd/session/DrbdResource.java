package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice.Subscription;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.VolumeState;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One side of a replicated resource: its volumes, and the connection to the one peer that holds the other copy.
 *
 * <p>After {@link #open} it is StandAlone and Secondary. What takes time returns a future, which ends on the resource's
 * event loop: do not block there. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
public final class DrbdResource implements AutoCloseable {
    private final ResourceCore core;
    private final @Nullable DrbdTransport own;

    private DrbdResource(ResourceCore core, @Nullable DrbdTransport own) {
        this.core = core;
        this.own = own;
    }

    /** For tests that speak to the peer past this side's rules. */
    ResourceCore core() {
        return core;
    }

    /**
     * Opens a resource: its disks are attached.
     *
     * @param options what it is
     * @return a resource that is StandAlone and Secondary
     * @throws DrbdException if a disk or its meta-data cannot be used
     */
    public static DrbdResource open(DrbdOptions options) throws DrbdException {
        if (options.hasTransport()) {
            return new DrbdResource(new ResourceCore(options), null);
        }
        DrbdTransport own = DrbdTransport.tcp();
        try {
            return new DrbdResource(
                    new ResourceCore(options.toBuilder().transport(own).build()), own);
        } catch (DrbdException | RuntimeException e) {
            own.close();
            throw e;
        }
    }

    /** {@return the options it was opened with, with the rates and net options that were set last, here or at the peer} */
    public DrbdOptions options() {
        return core.options();
    }

    /** Looks for the peer, from now on and after each loss of the connection. Does nothing while that is so already. */
    public void connect() {
        core.run(() -> core.connect(false));
    }

    /** As {@link #connect}, and gives up what was written here since a split brain. */
    public void connectDiscardingMyData() {
        core.run(() -> core.connect(true));
    }

    /**
     * Ends the connection with the peer's consent, and looks for it no more.
     *
     * @return ends when this side is StandAlone, or with a {@link DrbdException} if the peer refuses
     */
    public CompletableFuture<Void> disconnect() {
        return ask(() -> core.leaving().disconnect(false));
    }

    /**
     * State of a volume now.
     *
     * @param volume its number
     * @return both roles, the connection, both disks
     * @throws IllegalArgumentException if there is no such volume
     */
    public VolumeState state(int volume) {
        return volumeCore(volume).state();
    }

    /**
     * A volume as a block device.
     *
     * @param number its number
     * @return always the same object; it can be used while the resource is Primary
     * @throws IllegalArgumentException if there is no such volume
     */
    public DrbdVolume volume(int number) {
        return volumeCore(number).device();
    }

    /**
     * Makes all volumes Primary, or none: where one is refused, those that had become so before it are Secondary again.
     *
     * @param force declares the data here to be the good data, even if it was never in sync or is old
     * @return ends when they are, or with a {@link DrbdException} if the data or the peer does not allow it
     */
    public CompletableFuture<Void> promote(boolean force) {
        return ask(() -> Promotion.all(core.volumes(), force));
    }

    /**
     * Makes all volumes Secondary, as soon as no request of an application is under way.
     *
     * @return ends when they are
     */
    public CompletableFuture<Void> demote() {
        return ask(() -> {
            return CompletableFuture.allOf(
                    core.volumes().stream().map(v -> v.changes().demote()).toArray(CompletableFuture[]::new));
        });
    }

    /**
     * Compares a volume with the peer's, block by block; both sides may go on writing.
     *
     * @param volume its number
     * @param startSector where to begin, in sectors of 512 bytes; where the agreed protocol does not know that, 0
     * @param endSector the first sector not to compare; {@link Long#MAX_VALUE} for the whole volume
     * @return ends with what was found, or with a {@link DrbdException} if it could not start or was interrupted
     */
    public CompletableFuture<VerifyReport> verify(int volume, long startSector, long endSector) {
        return ask(() -> volumeCore(volume).admin().verify(startSector, endSector));
    }

    /**
     * Gives up what this side's disk holds: all of it is fetched from the peer.
     *
     * @param volume its number
     * @return ends when the peer has agreed, or with a {@link DrbdException}
     */
    public CompletableFuture<Void> invalidate(int volume) {
        return ask(() -> volumeCore(volume).admin().invalidate(true));
    }

    /**
     * Gives up what the peer's disk holds: all of it is sent from here.
     *
     * @param volume its number
     * @return ends when the peer has agreed, or with a {@link DrbdException}
     */
    public CompletableFuture<Void> invalidateRemote(int volume) {
        return ask(() -> volumeCore(volume).admin().invalidate(false));
    }

    /**
     * Declares two new, empty disks to be alike: no initial resync. Whatever they hold may differ from then on.
     *
     * @param volume its number
     * @return ends when this side is UpToDate, or with a {@link DrbdException} unless both sides are connected and new
     */
    public CompletableFuture<Void> skipInitialSync(int volume) {
        return ask(() -> volumeCore(volume).admin().skipInitialSync());
    }

    /**
     * Holds a resync up, or lets it go on.
     *
     * @param volume its number
     * @param paused whether it is to stand still
     * @return ends when that is so here; the peer is told
     */
    public CompletableFuture<Void> pauseSync(int volume, boolean paused) {
        return ask(() -> volumeCore(volume).admin().pause(paused));
    }

    /**
     * Gives the local disk up; what is needed of it is read from the peer from then on.
     *
     * @param volume its number
     * @return ends when the disk is not used any more, or with a {@link DrbdException} if the peer refuses
     */
    public CompletableFuture<Void> detach(int volume) {
        return ask(() -> volumeCore(volume).admin().detach());
    }

    /**
     * Lets requests of a volume go on that wait for good data ({@link DrbdOptions.OnNoData#SUSPEND_IO}): they fail where
     * there is none. Also those that wait for a {@link FenceHandler} which has failed: they go on without the peer, and whoever
     * calls this answers for it that the peer is not used.
     *
     * @param volume its number
     * @return ends when that is so; also if nothing waited
     */
    public CompletableFuture<Void> resumeIo(int volume) {
        return ask(() -> {
            VolumeCore v = volumeCore(volume);
            v.become(
                    v.state().withFlags(StateWord.SUSP_NOD | StateWord.SUSP_FEN, false),
                    "requests go on, whatever they waited for");
            return CompletableFuture.completedFuture(null);
        });
    }

    /**
     * Figures of the resource now.
     *
     * @return ends at once with them, or with a {@link DrbdException} if the resource is closed
     */
    public CompletableFuture<DrbdStatistics> statistics() {
        return ask(() -> CompletableFuture.completedFuture(DrbdStatistics.of(core)));
    }

    /**
     * How far the resync or verify of a volume is.
     *
     * @param volume its number
     * @return ends at once; empty if none is under way
     */
    public CompletableFuture<Optional<SyncProgress>> progress(int volume) {
        VolumeCore v = volumeCore(volume);
        return ask(() -> CompletableFuture.completedFuture(v.meter().progress()));
    }

    /**
     * Takes a disk into use for a volume that has none, while the resource runs; what it lacks is fetched from the peer.
     *
     * @param volume the volume's number, the disk and its meta-data; the caller closes the devices after a detach or after the
     *     resource
     * @return ends when it is in use (then a resync may have begun), or with a {@link DrbdException}: kind STATE if there is
     *     a disk already, NO_DATA without meta-data, CONFLICT if it is too small, UNRELATED_DATA if a Primary without a
     *     connection has shown other data
     * @throws IllegalArgumentException if there is no such volume
     */
    public CompletableFuture<Void> attach(VolumeOptions volume) {
        VolumeCore v = volumeCore(volume.number());
        return ask(() -> v.admin().attach(volume));
    }

    /**
     * Sets other rates for resync and verify, while one is under way too; a verify that has begun keeps its own.
     *
     * @param rates what holds from now on
     * @return ends when that is so; the peer is told
     */
    public CompletableFuture<Void> adjust(SyncOptions rates) {
        Objects.requireNonNull(rates, "rates");
        return ask(() -> {
            core.adjust(rates);
            return CompletableFuture.completedFuture(null);
        });
    }

    /**
     * Sets other net options, while both sides are connected too. The peer takes over what both must have alike: the protocol,
     * {@code allow-two-primaries}, the policies after a split brain, {@code verify-alg} and {@code csums-alg}. So the options
     * may also change because the peer's did; an {@linkplain DrbdEvent.Note event} tells of that. A
     * {@code data-integrity-alg} holds from then on for what this side sends; the peer says for itself what it sends.
     * Authentication, timeouts, versions and features count from the next connection on, {@code max-epoch-size} when the
     * resource is opened next.
     *
     * @param net what holds from now on
     * @param policies who gives in after a split brain, from now on
     * @return ends when that is so; or with a {@link DrbdException}: kind STATE while something is under way that depends on
     *     what changes, NOT_SUPPORTED where the agreed protocol has no way to tell the peer
     */
    public CompletableFuture<Void> adjust(NetOptions net, SplitBrainPolicies policies) {
        Objects.requireNonNull(net, "net");
        Objects.requireNonNull(policies, "policies");
        return ask(() -> core.netChanges().ask(net, policies));
    }

    /**
     * Makes a volume larger while it is in use, here and at the peer. Both disks have been made larger before (a file or
     * block device is asked for its size anew), or have had room all the time; internal meta-data is moved. What is new is
     * filled from the Primary by a resync, which may not be over when this ends.
     *
     * @param volume its number
     * @param bytes the wanted size; 0 for as large as both disks allow
     * @param assumeClean no resync: what is new holds the same on both sides, or it does not matter what it holds
     * @return ends when both sides have the new size and the resync has begun, with the size, which may be less than was wanted if the peer's disk has less
     *     room; or with a {@link DrbdException}: kind STATE unless both sides are connected, idle, and one of them is
     *     Primary, NO_DATA without a disk, CONFLICT if the disk has no such room or the volume would become smaller,
     *     NOT_SUPPORTED where the protocol knows no {@code assumeClean}, DISCONNECTED if the connection is lost meanwhile
     */
    public CompletableFuture<Long> resize(int volume, long bytes, boolean assumeClean) {
        return ask(() -> volumeCore(volume).resize().ask(bytes, assumeClean));
    }

    /**
     * Whether both sides may be Primary from now on, where {@link NetOptions#twoPrimaries} allows it at all; so at first. While
     * it is not permitted this side neither becomes Primary beside its peer nor lets the peer become so, and a live
     * migration is the time between two calls. Two Primaries that are there already stay.
     *
     * @param permitted whether
     * @return ends when that is so here; the peer is not told
     */
    public CompletableFuture<Void> permitTwoPrimaries(boolean permitted) {
        return ask(() -> {
            core.permitTwoPrimaries(permitted);
            return CompletableFuture.completedFuture(null);
        });
    }

    /**
     * Begins a new generation of the data: whoever is not connected is seen to have missed what comes.
     *
     * @param volume its number
     * @return ends when that is durable, or with a {@link DrbdException} if there is no disk
     */
    public CompletableFuture<Void> newCurrentUuid(int volume) {
        return ask(() -> volumeCore(volume).admin().newCurrentUuid());
    }

    /**
     * Subscribes to what happens.
     *
     * @param listener called on the resource's event loop: it must not block
     * @return ends the subscription
     */
    public Subscription onEvent(Consumer<DrbdEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        core.listeners().add(listener);
        return () -> core.listeners().remove(listener);
    }

    private VolumeCore volumeCore(int number) {
        VolumeCore v = core.volume(number);
        if (v == null) {
            throw new IllegalArgumentException("resource " + core.options().name() + " has no volume " + number);
        }
        return v;
    }

    private <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        boolean accepted = core.run(() -> {
            if (core.isEnding()) {
                result.completeExceptionally(new DrbdException(DrbdException.Kind.CLOSED, "the resource is closed"));
                return;
            }
            work.get().whenComplete((value, failure) -> {
                if (failure == null) {
                    result.complete(value);
                } else {
                    Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure;
                    result.completeExceptionally(cause);
                }
            });
        });
        if (!accepted) {
            result.completeExceptionally(new DrbdException(DrbdException.Kind.CLOSED, "the transport is closed"));
        }
        return result;
    }

    /**
     * Ends in good order and gives the disks back, which the caller closes: requests that are under way end, new ones fail,
     * all volumes become Secondary, the peer is told, and nothing has to be synced when this side comes back. What takes
     * longer than 10 seconds, or waits for a peer or for good data, is left undone, as with {@link #abort()}. Waits until
     * nothing uses the disks any more. Idempotent; not to be called on the event loop.
     */
    @Override
    public void close() {
        end(() -> core.leaving().close());
    }

    /**
     * Ends at once, as if the power were cut, and gives the disks back, which the caller closes: the peer sees a connection
     * that breaks, and a Primary is found to have crashed. Waits until nothing uses the disks any more. Idempotent, also
     * while {@link #close()} waits; not to be called on the event loop.
     */
    public void abort() {
        end(core::close);
    }

    private void end(Supplier<CompletableFuture<Void>> how) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (!core.run(() -> how.get().whenComplete((x, failure) -> done.complete(null)))) {
            done.complete(null); // The loops have ended, by an earlier call or with the transport: nothing more will be
            // begun.
        }
        boolean interrupted = false;
        while (true) {
            try {
                done.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        if (own != null) {
            own.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
