package io.diskless.cluster.rules;

import static io.diskless.cluster.model.Kind.*;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules about DRBD volumes. Stateless. */
final class ReplicaChecks {
    private static final Set<Kind> NOTHING = Check.kinds();
    /** The kernel's limit; the 9 parser refuses more (its manual says 64). */
    private static final int LONGEST_SECRET = 63;

    private ReplicaChecks() {}

    static List<Check> all() {
        Set<Kind> volumes = Check.kinds(DRBD_VOLUME);
        return List.of(
                new Check.Each<>(
                        Rule.DUAL_PRIMARY_GUARDED,
                        DrbdVolume.class,
                        volumes,
                        NOTHING,
                        NodeChecks.with(NodeChecks.LAYERS, STORAGE_NODE, HARDWARE_NODE, INSTANCE),
                        ReplicaChecks::guarded),
                new Check.Each<>(
                        Rule.VERIFY_SCHEDULED, DrbdVolume.class, volumes, NOTHING, NOTHING, ReplicaChecks::verified),
                new Check.Each<>(
                        Rule.PEERS_AUTHENTICATE,
                        DrbdVolume.class,
                        volumes,
                        NOTHING,
                        NOTHING,
                        ReplicaChecks::authenticated),
                new Check.Each<>(
                                Rule.REPLICAS_APART,
                                DrbdVolume.class,
                                volumes,
                                NodeChecks.NODES,
                                NOTHING,
                                ReplicaChecks::apart)
                        .lookingAt(node -> node.machine().domain()));
    }

    private static void guarded(Model model, DrbdVolume volume, Findings out) {
        boolean never = volume.dualPrimary() instanceof DualPrimary.Never;
        if (volume.primaries() > 1 && never) {
            out.error(
                    List.<EntityId>of(volume.id()),
                    volume.primaries() + " machines write it, without a lease or a cluster file system",
                    "left on, it splits the brain at the next lost link",
                    volume.replicas(onePrimary(volume.replicas())));
        }
        if (volume.primaries() <= 1 && never) {
            return;
        }
        DrbdPolicy policy = volume.policy();
        if (policy.protocol() != DrbdPolicy.Protocol.C) {
            out.error(
                    List.<EntityId>of(volume.id()),
                    "two machines may write it by protocol " + policy.protocol(),
                    "the kernel refuses two Primaries but by C; no parser does",
                    volume.policy(policy.protocol(DrbdPolicy.Protocol.C)));
        }
        if (policy.fencing() != DrbdPolicy.Fencing.RESOURCE_AND_STONITH) {
            out.error(
                    List.<EntityId>of(volume.id()),
                    "two machines may write it with fencing " + policy.fencing(),
                    "when they lose each other both go on writing",
                    volume.policy(policy.fencing(DrbdPolicy.Fencing.RESOURCE_AND_STONITH)));
        }
        for (EntityId user : model.referrers(volume.id())) {
            if (model.get(user).orElse(null) instanceof AoeExport export) {
                twoPaths(model, volume, export, out);
            }
        }
    }

    private static void twoPaths(Model model, DrbdVolume volume, AoeExport export, Findings out) {
        for (EntityId user : model.referrers(export.id())) {
            Entity client = model.get(user).orElse(null);
            boolean two =
                    client instanceof Multipath multipath && multipath.paths().size() >= 2;
            if (!two && client != null) {
                out.error(
                        List.of(volume.id(), export.id(), user),
                        "is written by two machines and used over one path",
                        "the client does not see the writes of the other path's side when it fails over");
            }
        }
    }

    private static List<Replica> onePrimary(List<Replica> replicas) {
        List<Replica> right = new ArrayList<>();
        boolean had = false;
        for (Replica replica : replicas) {
            right.add(replica.primary(replica.primary() && !had));
            had |= replica.primary();
        }
        return right;
    }

    private static void verified(Model model, DrbdVolume volume, Findings out) {
        DrbdPolicy policy = volume.policy();
        String verify = policy.verifyAlgorithm().isEmpty() ? "sha256" : policy.verifyAlgorithm();
        String schedule = policy.verifySchedule().isEmpty() ? "weekly" : policy.verifySchedule();
        DrbdVolume right = volume.policy(policy.digests(verify, schedule, ""));
        if (policy.verifyAlgorithm().isEmpty() || policy.verifySchedule().isEmpty()) {
            out.warning(
                    List.<EntityId>of(volume.id()),
                    policy.verifyAlgorithm().isEmpty() ? "has no verify-alg" : "is never verified",
                    "copies can differ for years before anybody reads the bad one",
                    right);
        }
        if (!policy.integrityAlgorithm().isEmpty()) {
            out.warning(
                    List.<EntityId>of(volume.id()),
                    "digests every packet (data-integrity-alg " + policy.integrityAlgorithm() + ")",
                    "it costs much, and buffers that change in flight end the connection; verify online instead",
                    right);
        }
    }

    private static void authenticated(Model model, DrbdVolume volume, Findings out) {
        Optional<DrbdPolicy.Authentication> found = volume.policy().authentication();
        if (found.isEmpty()) {
            out.error(
                    List.of(volume.id()),
                    "replicas do not authenticate each other",
                    "whoever connects may write the volume");
            return;
        }
        DrbdPolicy.Authentication by = found.get();
        if (by.algorithm().isEmpty() || by.secret().isEmpty()) {
            out.error(
                    List.of(volume.id()),
                    by.algorithm().isEmpty()
                            ? "has a secret and no cram-hmac-alg"
                            : "has a cram-hmac-alg and no secret",
                    "the parsers accept it, and replicas do not authenticate or do not connect");
        }
        if (by.secretBytes() > LONGEST_SECRET) {
            out.error(
                    List.of(volume.id()),
                    "has a secret of " + by.secretBytes() + " bytes where " + LONGEST_SECRET + " fit",
                    "version 9 refuses it, older ones cut or accept it");
        }
        if (by.algorithm().equals("md5")) {
            out.warning(
                    List.<EntityId>of(volume.id()),
                    "authenticates by md5",
                    "it is broken as a digest, and new kernels may lack it",
                    volume.policy(volume.policy()
                            .authentication(Optional.of(
                                    new DrbdPolicy.Authentication("sha256", by.secret(), by.secretBytes())))));
        }
    }

    private static void apart(Model model, DrbdVolume volume, Findings out) {
        List<Replica> replicas = volume.replicas();
        for (int i = 0; i < replicas.size(); i++) {
            for (int j = i + 1; j < replicas.size(); j++) {
                Replica a = replicas.get(i);
                Replica b = replicas.get(j);
                Optional<Node> first = model.get(a.node(), Node.class);
                Optional<Node> second = model.get(b.node(), Node.class);
                if (first.isPresent() && second.isPresent()) {
                    List<String> shared = a.node().equals(b.node())
                            ? List.of("node " + a.node().name())
                            : first.get()
                                    .machine()
                                    .domain()
                                    .sharedWith(second.get().machine().domain());
                    if (!shared.isEmpty()) {
                        out.error(
                                List.of(volume.id(), a.node(), b.node()),
                                "two copies share " + String.join(", ", shared),
                                "one failure takes both");
                    }
                }
            }
        }
    }
}
