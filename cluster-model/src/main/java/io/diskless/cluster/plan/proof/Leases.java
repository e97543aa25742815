package io.diskless.cluster.plan.proof;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.plan.Edit;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What becomes of a site when the leases of a plan end before it does. Immutable. */
final class Leases {
    private final Plan plan;
    private final Set<LayerId> volumes = new HashSet<>();
    private final Set<InstanceId> guests = new HashSet<>();

    Leases(Plan plan) {
        this.plan = plan;
        for (Step step : plan.steps()) {
            for (Edit edit : step.edits()) {
                if (edit instanceof Edit.Allows allows && isOurs(allows.to())) {
                    volumes.add(allows.volume());
                } else if (edit instanceof Edit.Runs runs) {
                    guests.add(runs.instance());
                }
            }
        }
    }

    private boolean isOurs(DualPrimary what) {
        return what instanceof DualPrimary.Leased lease && lease.token() == plan.token();
    }

    private Optional<DrbdVolume> leased(Model model, LayerId id) {
        return model.get(id, DrbdVolume.class).filter(volume -> isOurs(volume.dualPrimary()));
    }

    /** Whether a lease of the plan stands. */
    boolean stand(Model model) {
        return volumes.stream().anyMatch(id -> leased(model, id).isPresent());
    }

    /** After they ended: a guest on its way is where it was, and each volume has one writer. */
    Model ended(Model model) {
        Model now = model;
        Set<NodeId> hosts = new HashSet<>();
        for (InstanceId id : guests) {
            Instance guest = now.get(id, Instance.class).orElse(null);
            if (guest != null && guest.placement() instanceof Placement.Migrating on && on.token() == plan.token()) {
                guest = guest.placement(new Placement.On(on.from()));
                now = now.with(guest);
            }
            if (guest != null) {
                hosts.addAll(guest.placement().hosts());
            }
        }
        for (LayerId id : volumes) {
            Optional<DrbdVolume> volume = leased(now, id);
            if (volume.isPresent()) {
                now = now.with(oneWriter(volume.get(), hosts));
            }
        }
        return now;
    }

    /** The writer beside the guest, else the one from before the plan, else the first. */
    private DrbdVolume oneWriter(DrbdVolume volume, Set<NodeId> hosts) {
        List<Replica> writers =
                volume.replicas().stream().filter(Replica::primary).toList();
        Optional<Replica> stays = writers.stream()
                .filter(copy -> hosts.contains(copy.node()))
                .findFirst()
                .or(() -> writers.stream().filter(this::wroteBefore).findFirst())
                .or(() -> writers.stream().findFirst());
        List<Replica> copies = new ArrayList<>();
        for (Replica copy : volume.replicas()) {
            copies.add(copy.primary(stays.isPresent() && stays.get().equals(copy)));
        }
        return volume.replicas(copies).dualPrimary(new DualPrimary.Never());
    }

    private boolean wroteBefore(Replica copy) {
        return volumes.stream()
                .flatMap(id -> plan.base().get(id, DrbdVolume.class).stream())
                .flatMap(volume -> volume.replica(copy.node()).stream())
                .anyMatch(Replica::primary);
    }
}
