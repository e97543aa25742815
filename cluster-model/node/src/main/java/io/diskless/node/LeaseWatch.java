package io.diskless.node;

import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds leases for two writers to their time, on each machine by itself: when one is over and both sides write, the side that
 * began second writes no more, and from then on neither side may become a second writer. A guest that was on its way is where
 * it was, as proofs of plans take it. Confined to the runtime's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What comes of it is told by events and troubles.
final class LeaseWatch {
    /** Clocks are set and machines sleep: the end of a lease is looked for by the clock at least so often. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private final StorageOptions options;
    private final Troubles troubles;
    private final ScheduledExecutorService thread;
    private final Function<LayerId, @Nullable Replicated> volumes;
    private final Function<LayerId, CompletableFuture<Void>> demote;
    private final Set<LayerId> watched = new HashSet<>();
    private final Set<LayerId> second = new HashSet<>();
    private final Map<LayerId, Role> roles = new HashMap<>();
    /** Of each volume the last lease whose end was told. */
    private final Map<LayerId, DualPrimary.Leased> told = new HashMap<>();

    LeaseWatch(
            StorageOptions options,
            Troubles troubles,
            ScheduledExecutorService thread,
            Function<LayerId, @Nullable Replicated> volumes,
            Function<LayerId, CompletableFuture<Void>> demote) {
        this.options = options;
        this.troubles = troubles;
        this.thread = thread;
        this.volumes = volumes;
        this.demote = demote;
    }

    /** Whether two may write a volume now. */
    boolean allows(DrbdVolume volume) {
        DualPrimary may = volume.dualPrimary();
        return may instanceof DualPrimary.Leased lease ? !isOver(lease) : !(may instanceof DualPrimary.Never);
    }

    private boolean isOver(DualPrimary.Leased lease) {
        return options.clock().instant().isAfter(lease.until());
    }

    /** A volume has another model: takes it over, and watches a lease that it has. */
    CompletableFuture<Void> adopt(Replicated copy, DrbdVolume next) {
        CompletableFuture<Void> known = copy.adopt(next, allows(next));
        if (next.dualPrimary() instanceof DualPrimary.Leased && watched.add(next.id())) {
            later(next.id());
        }
        return known;
    }

    /** A volume has a state: who becomes Primary beside another is the second writer, until one of them ceases. */
    void changed(LayerId volume, VolumeState now) {
        Role before = roles.put(volume, now.role());
        if (now.role() != Role.PRIMARY || now.peer() != Role.PRIMARY) {
            second.remove(volume);
        } else if (before != null && before != Role.PRIMARY) {
            second.add(volume);
        }
    }

    /** A volume does not run here any more. */
    void forget(LayerId volume) {
        watched.remove(volume);
        second.remove(volume);
        roles.remove(volume);
        told.remove(volume);
    }

    private void later(LayerId volume) {
        Replicated copy = volumes.apply(volume);
        if (copy == null || !(copy.model().dualPrimary() instanceof DualPrimary.Leased lease)) {
            watched.remove(volume);
            return;
        }
        if (isOver(lease)) {
            watched.remove(volume);
            end(copy, lease);
            return;
        }
        Instant now = options.clock().instant();
        Duration left = Duration.between(now, lease.until()).plusMillis(1);
        long millis =
                Math.min(LOOK.toMillis(), Math.max(1, left.compareTo(LOOK) > 0 ? LOOK.toMillis() : left.toMillis()));
        try {
            thread.schedule(() -> later(volume), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The runtime is closed, and with it the volume writes no more.
            return;
        }
    }

    private void end(Replicated copy, DualPrimary.Leased lease) {
        LayerId volume = copy.model().id();
        if (lease.equals(told.put(volume, lease))) {
            return;
        }
        boolean gives = second.contains(volume);
        CompletableFuture<Void> one = gives ? demote.apply(volume) : CompletableFuture.completedFuture(null);
        one.thenCompose(x -> copy.resource().permitTwoPrimaries(false))
                .whenCompleteAsync(
                        (x, failure) -> {
                            if (failure != null) {
                                troubles.add(
                                        volume,
                                        new NodeException(
                                                NodeException.Kind.REPLICATION,
                                                "the lease of " + lease.operation() + " for two writers ended at "
                                                        + lease.until() + ", and this side still writes",
                                                failure));
                            }
                            options.listener()
                                    .accept(new StorageEvent.LeaseEnded(
                                            volume, lease.operation(), gives && failure == null));
                        },
                        thread);
    }
}
