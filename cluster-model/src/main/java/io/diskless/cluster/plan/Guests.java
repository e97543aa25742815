package io.diskless.cluster.plan;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.rules.StoragePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Steps for guests. Stateless. */
final class Guests {
    /** What QEMU's migration aims at by default ({@code downtime-limit}). */
    private static final Duration PAUSE = Duration.ofMillis(300);

    private static final Duration START = Duration.ofSeconds(10);
    private static final Duration STOP = Duration.ofSeconds(30);

    private Guests() {}

    static Instance guest(Draft draft, InstanceId id) {
        return draft.now()
                .get(id, Instance.class)
                .orElseThrow(() -> new Draft.Refusal("there is no " + id + " in the model"));
    }

    /** Starts a guest, or moves it there if it runs elsewhere. */
    static void startOrMove(Draft draft, InstanceId id, NodeId node) {
        Instance guest = guest(draft, id);
        if (guest.placement() instanceof Placement.Stopped) {
            int defined = draft.step(Verb.DEFINE, id).add();
            start(draft, guest, node, defined);
        } else {
            migrate(draft, id, node, 0);
        }
    }

    /** Whatever makes of one guest another: what changes of a running one it takes with its next start, which is now. */
    static void become(Draft draft, Instance old, Instance next) {
        Instance told = next.placement(old.placement());
        if (told.equals(old)) {
            if (next.placement() instanceof Placement.On on) {
                startOrMove(draft, old.id(), on.node());
            }
            return;
        }
        int last = 0;
        Instance now = old;
        if (old.placement().isRunning()) {
            last = stop(draft, old, STOP.plus(START));
            now = old.placement(new Placement.Stopped());
        }
        last = draft.step(Verb.DEFINE, old.id())
                .edit(new Edit.Becomes(old.id(), Optional.of(now), Optional.of(next.placement(now.placement()))))
                .after(last)
                .add();
        if (next.placement() instanceof Placement.On on) {
            start(draft, next.placement(now.placement()), on.node(), last);
        }
    }

    /** Starts guests where they ran. */
    static void startAgain(Draft draft, List<Instance> stopped, int after) {
        for (Instance guest : stopped) {
            start(
                    draft,
                    guest.placement(new Placement.Stopped()),
                    guest.placement().hosts().get(0),
                    after);
        }
    }

    static int start(Draft draft, Instance guest, NodeId node, int after) {
        for (VolumeUse use : guest.volumes()) {
            for (NodeId away : StoragePath.away(draft.now(), use.layer())) {
                draft.allow(Allowance.lessRedundancy(away + " is away"));
            }
        }
        return draft.step(Verb.START, guest.id(), node)
                .edit(new Edit.Runs(guest.id(), guest.placement(), new Placement.On(node)))
                .requires(new Condition.Works(node))
                .takes(START)
                .after(after)
                .add();
    }

    static int stop(Draft draft, Instance guest, Duration outage) {
        if (!(guest.placement() instanceof Placement.On on)) {
            throw new Draft.Refusal(guest.id() + " is " + guest.placement() + ", it cannot be stopped");
        }
        return draft.step(Verb.STOP, guest.id(), on.node())
                .edit(new Edit.Runs(guest.id(), on, new Placement.Stopped()))
                .takes(STOP)
                .hurts(List.of(guest), new Impact(Impact.Kind.OUTAGE, outage))
                .add();
    }

    static void stop(Draft draft, InstanceId id) {
        Instance guest = guest(draft, id);
        if (guest.placement().isRunning()) {
            stop(draft, guest, STOP);
        }
    }

    /**
     * Moves a running guest. Two writers are allowed by a lease that is taken before and ended after; where the hosts keep
     * copies of their own the target becomes Primary under it and the source ends being it.
     *
     * @return the number of the last step
     */
    static int migrate(Draft draft, InstanceId id, NodeId to, int after) {
        Instance guest = guest(draft, id);
        if (!(guest.placement() instanceof Placement.On on)) {
            throw new Draft.Refusal(id + " is " + guest.placement() + ", it cannot migrate");
        }
        Policy policy = draft.policy();
        NodeId from = on.node();
        DualPrimary none = new DualPrimary.Never();
        DualPrimary lease = new DualPrimary.Leased("migrate " + id.name(), policy.token(), policy.leaseUntil());
        List<DrbdVolume> leased = new ArrayList<>();
        List<DrbdVolume> moved = new ArrayList<>();
        List<Integer> ready = new ArrayList<>(List.of(after));
        for (DrbdVolume volume : GuestOperation.written(draft.now(), guest)) {
            if (volume.dualPrimary() instanceof DualPrimary.ClusterFileSystem) {
                continue;
            }
            leased.add(volume);
            int last = draft.step(Verb.LEASE_TWO_WRITERS, volume.id())
                    .edit(new Edit.Allows(volume.id(), none, lease))
                    .after(after)
                    .add();
            if (GuestOperation.movesWriter(volume, from, to)) {
                moved.add(volume);
                last = draft.step(Verb.PROMOTE, volume.id(), to)
                        .edit(new Edit.Writes(volume.id(), to, true))
                        .requires(new Condition.IsGood(volume.id(), to))
                        .after(last)
                        .add();
            }
            ready.add(last);
        }
        Placement.Migrating under = new Placement.Migrating(from, to, policy.token());
        int flows = draft.step(Verb.MIGRATE, id, from, to)
                .edit(new Edit.Runs(id, on, under))
                .requires(new Condition.Works(from))
                .requires(new Condition.Works(to))
                .copies(guest.memoryBytes())
                .takes(Duration.ofSeconds(1 + guest.memoryBytes() / policy.memoryPerSecond()))
                .after(ready)
                .add();
        int last = draft.step(Verb.SWITCH_OVER, id, from, to)
                .edit(new Edit.Runs(id, under, new Placement.On(to)))
                .noReturn("the guest runs on " + to.name())
                .takes(PAUSE)
                .hurts(List.of(guest), new Impact(Impact.Kind.PAUSE, PAUSE))
                .after(flows)
                .add();
        int switched = last;
        for (DrbdVolume volume : leased) {
            int ended = switched;
            if (moved.contains(volume)) {
                ended = draft.step(Verb.DEMOTE, volume.id(), from)
                        .edit(new Edit.Writes(volume.id(), from, false))
                        .noReturn("the guest writes elsewhere")
                        .after(ended)
                        .add();
            }
            last = draft.step(Verb.END_LEASE, volume.id())
                    .edit(new Edit.Allows(volume.id(), lease, none))
                    .noReturn("a lease that ended is not given again")
                    .after(ended)
                    .add();
        }
        return last;
    }

    /** Copies a guest; it is stopped meanwhile, for two readers at different times see two file systems. */
    static void copy(Draft draft, GuestOperation.CopyInstance operation) {
        Instance source = guest(draft, operation.instance());
        Model wish = operation.applyTo(draft.now());
        Instance copy = wish.get(operation.copy(), Instance.class).orElseThrow();
        Model layers = wish.without(copy.id());
        List<Integer> made = Making.makeNew(draft, layers, 0);
        long bytes = source.volumes().stream()
                .mapToLong(use -> Making.size(draft.now(), use.layer()))
                .sum();
        int stopped = 0;
        if (source.placement().isRunning()) {
            Duration outage = STOP.plus(draft.copying(bytes)).plus(START);
            stopped = draft.step(Verb.STOP, source.id())
                    .edit(new Edit.Runs(source.id(), source.placement(), new Placement.Stopped()))
                    .takes(STOP)
                    .hurts(List.of(source), new Impact(Impact.Kind.OUTAGE, outage))
                    .after(made)
                    .add();
        }
        List<Integer> copied = new ArrayList<>();
        for (VolumeUse use : source.volumes()) {
            copied.add(draft.step(Verb.COPY_DATA, use.layer(), operation.name(use.layer()))
                    .requires(new Condition.Runs(source.id(), new Placement.Stopped()))
                    .copies(Making.size(draft.now(), use.layer()))
                    .after(made)
                    .after(stopped)
                    .add());
        }
        draft.step(Verb.DEFINE, copy.id())
                .edit(Edit.Becomes.made(copy))
                .after(copied)
                .add();
        if (source.placement() instanceof Placement.On on) {
            Instance still = source.placement(new Placement.Stopped());
            draft.step(Verb.START, source.id(), on.node())
                    .edit(new Edit.Runs(source.id(), still.placement(), on))
                    .requires(new Condition.Works(on.node()))
                    .takes(START)
                    .after(copied)
                    .add();
        }
    }
}
