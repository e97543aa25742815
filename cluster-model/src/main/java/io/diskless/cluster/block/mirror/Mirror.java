package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One device over several that hold the same bytes (RAID 1). Writes go to all legs in parallel, reads to the leg that
 * answers soonest; a leg that fails is left out, and brought up to date when it is back.
 *
 * <p>The promises, for any pattern of crashes, power cuts and failing legs:
 *
 * <ul>
 *   <li>A write is acknowledged when every leg that counts holds it; legs that do not hold it were durably marked as out
 *       of sync before.
 *   <li>The legs never differ without the mirror knowing where: after a crash only the regions that were being written
 *       are compared, and nobody reads a version of them that another leg could still contradict.
 *   <li>A leg that was away is never taken for a good one; legs that were used apart are refused until somebody decides.
 * </ul>
 *
 * <p>A mirror of two local disks, which are made once and opened ever after:
 *
 * <pre>{@code
 * Mirror.create(List.of(diskA, diskB), MirrorOptions.defaults()).close();      // formats
 *
 * MirrorOptions options = MirrorOptions.builder()
 *         .listener(event -> log.info("mirror: {}", event))
 *         .resyncRate(50 << 20)
 *         .build();
 * try (Mirror mirror = Mirror.open(List.of(diskA, diskB), options)) {
 *     mirror.write(0, ByteBuffer.wrap(new byte[512]));
 *     mirror.flush();
 *     System.out.println(mirror.snapshot().isHealthy());
 *     mirror.replace(1, diskC).join();                                          // copies in the background
 * }
 * }</pre>
 *
 * <p>A write takes as long as its slowest leg: legs have deadlines of their own, or get one by
 * {@link MirrorOptions.Builder#legDeadline}. A discard writes zeroes, since the legs
 * may not differ afterwards. Thread-safe.
 */
public final class Mirror implements BlockDevice {
    private final MirrorCore core;
    private final Closing closing;

    private Mirror(MirrorCore core) {
        this.core = core;
        closing = new Closing(core);
    }

    /**
     * Makes a mirror and opens it. What the legs hold is lost where the metadata goes, and on all but the first leg.
     *
     * @param legs 1 to 8 devices, all writable, none of which carries a mirror
     * @param options placement, region size and initial sync count here; all others as for {@link #open}
     * @return the open mirror
     * @throws BlockException if a device fails, is too small, or carries a mirror already
     */
    public static Mirror create(List<? extends BlockDevice> legs, MirrorOptions options) throws BlockException {
        Formatter.format(legs, options);
        return open(legs, options);
    }

    /**
     * Puts a mirror together from its legs. The call waits for the devices; resync goes on in the background.
     *
     * @param legs in any order, except with the metadata beside them; those that are missing are left out
     * @param options how it shall behave
     * @return the open mirror
     * @throws BlockException STALE if it may only start by an explicit choice, NOT_SUPPORTED if these devices make no
     *     mirror; the message explains what was found and what to do
     */
    public static Mirror open(List<? extends BlockDevice> legs, MirrorOptions options) throws BlockException {
        Assembler assembler = new Assembler(withDeadlines(options));
        assembler.assess(DeadlineDevice.around(legs, options));
        Mirror mirror = new Mirror(assembler.assemble());
        try {
            mirror.start(assembler);
        } catch (BlockException | RuntimeException | Error e) {
            mirror.closing.abandon(e);
            throw e;
        }
        return mirror;
    }

    private static MirrorOptions withDeadlines(MirrorOptions options) {
        return options.metadataDevice()
                .map(beside -> options.toBuilder()
                        .metadataDevice(DeadlineDevice.around(beside, options))
                        .build())
                .orElse(options);
    }

    /**
     * Says what {@link #open} would do with these legs, without changing them.
     *
     * @param legs as for {@link #open}
     * @param options as for {@link #open}
     * @return verdict and explanation
     */
    public static MirrorAssembly assess(List<? extends BlockDevice> legs, MirrorOptions options) {
        return new Assembler(options).assess(legs);
    }

    /**
     * Reads what a device says about its mirror.
     *
     * @param leg any device
     * @return empty if it carries none
     * @throws BlockException if it cannot be read
     */
    public static Optional<MirrorInspection> inspect(BlockDevice leg) throws BlockException {
        return Optional.ofNullable(Assembler.superblockOf(leg, false)).map(MirrorInspection::of);
    }

    /**
     * Makes a device forget that it belonged to a mirror.
     *
     * @param leg zeroes are written over its first and last 128 KiB
     * @throws BlockException if it cannot be written
     */
    public static void erase(BlockDevice leg) throws BlockException {
        Formatter.erase(leg);
    }

    private void start(Assembler assembler) throws BlockException {
        for (Leg leg : core.legs) {
            BlockDevice device = leg.device;
            if (device != null) {
                watch(device);
            }
        }
        CompletableFuture<Boolean> recorded = new CompletableFuture<>();
        synchronized (core.lock) {
            core.recountUnsettled();
            if (core.readOnly) {
                return;
            }
            core.intent.mark(core.intent.image);
            core.intent.pump();
            // A clean superblock says that legs in sync are identical; that must be withdrawn before the first write.
            core.recorder.changeAndThen(() -> recorded.complete(core.recorder.durableChange == core.changes));
            if (assembler.tableChanges()) {
                core.requiredChange = core.changes;
            }
        }
        core.drain();
        if (!recorded.join()) {
            core.shut(() -> {});
            throw new BlockException(
                    BlockException.Kind.MEDIUM,
                    BlockException.NO_OFFSET,
                    "the start of the mirror could not be recorded");
        }
        synchronized (core.lock) {
            for (Leg leg : core.legs) {
                if (leg.device != null && leg.state == LegState.OUT && assembler.mayJoin(leg.index)) {
                    core.joiner.join(leg);
                }
            }
            core.intent.sweeper.arm();
            core.copier.pump();
            core.grower.check();
        }
        core.drain();
    }

    private void watch(BlockDevice device) {
        Subscription subscription = device.onGeometryChange(changed -> {
            synchronized (core.lock) {
                core.grower.check();
            }
            core.drain();
        });
        closing.closes(subscription);
    }

    @Override
    public BlockGeometry geometry() {
        return core.geometry;
    }

    /** {@return false: a write may have to wait for its intent bits, a read for a region to be settled} */
    @Override
    public boolean completesInline() {
        return false;
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        submit(Request.READ, offset, dst.remaining(), dst, 0, done);
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        submit(Request.WRITE, offset, src.remaining(), src, flags, done);
    }

    @Override
    public void flush(Completion done) {
        core.submit(core.take(Request.FLUSH, 0, 0, done));
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        if (core.geometry.discardGranularity() == 0) {
            BlockException cause = core.closed
                    ? Failures.closed()
                    : new BlockException(
                            BlockException.Kind.NOT_SUPPORTED, offset, "not all legs of the mirror support discard");
            core.refuse(done, cause);
        } else {
            // A discarded range may read as anything, but it must be the same thing on every leg.
            writeZeroes(offset, length, done);
        }
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        submit(Request.ZERO, offset, length, null, 0, done);
    }

    private void submit(
            int kind,
            long offset,
            long length,
            @org.jspecify.annotations.Nullable ByteBuffer buffer,
            int flags,
            Completion done) {
        BlockGeometry g = core.geometry;
        BlockException wrong = core.closed ? Failures.closed() : g.check(offset, length);
        if (wrong == null && g.readOnly() && kind != Request.READ) {
            wrong = new BlockException(BlockException.Kind.READ_ONLY, offset, "the mirror is read-only, as a leg is");
        }
        if (wrong != null || length == 0) {
            core.refuse(done, wrong);
            return;
        }
        Request request = core.take(kind, offset, length, done);
        request.buffer = buffer;
        request.flags = flags;
        core.submit(request);
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return core.grower.subscribe(listener);
    }

    /**
     * The mirror at this moment.
     *
     * @return counters and states
     */
    public MirrorSnapshot snapshot() {
        synchronized (core.lock) {
            List<LegSnapshot> legs = new ArrayList<>();
            for (Leg leg : core.legs) {
                legs.add(new LegSnapshot(
                        leg.index,
                        leg.uuid,
                        leg.state,
                        leg.device != null,
                        leg.joining,
                        leg.reads,
                        leg.writes,
                        leg.errors,
                        leg.readNanos,
                        leg.writeNanos,
                        leg.inFlight,
                        core.dirtyBytes(leg),
                        Optional.ofNullable(leg.lastError)));
            }
            return new MirrorSnapshot(
                    core.array,
                    core.recorder.events,
                    legs,
                    core.bytesOf(core.intent.image),
                    core.bytesOf(core.unsettled),
                    core.copier.progress());
        }
    }

    /**
     * Takes a leg out, as if it had failed.
     *
     * @param leg its index, from 0
     * @return whether it is out now; the last leg in sync stays
     * @throws IllegalArgumentException if there is no such leg
     */
    public boolean fail(int leg) {
        boolean out;
        synchronized (core.lock) {
            out = core.legFailed(
                    leg(leg),
                    new BlockException(BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "taken out by hand"));
        }
        core.drain();
        return out;
    }

    /**
     * Asks a leg that is out to come back, whatever it went out for.
     *
     * @param leg its index, from 0
     * @return ends when the leg receives writes again, with what it missed still to be copied; or with a
     *     {@link BlockException} that says why it was not let in
     * @throws IllegalArgumentException if there is no such leg
     */
    public CompletableFuture<Void> readmit(int leg) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        core.joiner.probe(leg(leg), future);
        return future;
    }

    /**
     * Puts another device in the place of a leg, or the same one opened again. If it carries this very leg, only what it
     * missed is copied. The call reads what the device says of itself before it returns, and waits for that as long as the
     * device, or its {@link MirrorOptions.Builder#legDeadline}, takes; all else goes on in the background.
     *
     * @param leg index of the leg, from 0
     * @param device is the mirror's from now on, if this succeeds
     * @return ends when the device receives writes, or with a {@link BlockException} that says why it is refused
     * @throws IllegalArgumentException if there is no such leg
     */
    public CompletableFuture<Void> replace(int leg, BlockDevice device) {
        Leg place = leg(leg);
        UUID id = Formatter.newId(core.options);
        BlockDevice timed = DeadlineDevice.around(device, core.options);
        return core.joiner.replace(place, timed, id).thenRun(() -> watch(device));
    }

    private Leg leg(int index) {
        if (index < 0 || index >= core.legs.length) {
            throw new IllegalArgumentException("the legs are 0 to " + (core.legs.length - 1) + ", got " + index);
        }
        return core.legs[index];
    }

    /**
     * How far the copying is.
     *
     * @return progress of the resync
     */
    public ResyncProgress resync() {
        synchronized (core.lock) {
            return core.copier.progress();
        }
    }

    /** Stops copying after the chunk under way. Reads of unsettled regions still have those copied. */
    public void pauseResync() {
        synchronized (core.lock) {
            core.copier.pause();
        }
    }

    /** Goes on copying, ranges included that could not be read before. */
    public void resumeResync() {
        synchronized (core.lock) {
            core.copier.resume();
        }
        core.drain();
    }

    /**
     * Gives up bringing legs up to date: those that are recovering go out, and are not asked back until
     * {@link #readmit}. What was copied stays copied.
     */
    public void cancelResync() {
        synchronized (core.lock) {
            for (Leg leg : core.legs) {
                if (leg.state == LegState.RECOVERING) {
                    core.legFailed(
                            leg,
                            new BlockException(
                                    BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "the resync was cancelled"));
                }
            }
        }
        core.drain();
    }

    /**
     * Changes the speed limit.
     *
     * @param bytesPerSecond 0 for no limit
     */
    public void resyncRate(long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("a rate is 0 or more, got " + bytesPerSecond);
        }
        synchronized (core.lock) {
            core.copier.rate(bytesPerSecond);
        }
        core.drain();
    }

    /**
     * Compares all legs in sync in the background. A difference counts only if it is still there while no write is under
     * way in its range.
     *
     * @param repair whether the legs that dissent are written anew: from the majority, or from the lowest leg
     * @param bytesPerSecond 0 for no limit
     * @return the scrub under way
     */
    public Scrub scrub(boolean repair, long bytesPerSecond) {
        Scrub scrub = new Scrub(core, repair, bytesPerSecond);
        scrub.begin();
        return scrub;
    }

    /**
     * Closes without waiting: no new operations, wait for those under way, flush, mark as cleanly closed, close the legs.
     *
     * @param done called once, when all that has happened
     */
    public void close(Completion done) {
        closing.begin(done);
    }

    @Override
    public void close() throws BlockException {
        closing.begin();
        closing.await();
    }
}
