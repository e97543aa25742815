package io.diskless.cluster.render;

import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Writes what the storage programs of a machine read. Equal models make equal files. Stateless. */
public final class StorageFiles {
    private StorageFiles() {}

    /**
     * The resources of a machine, in the dialect that its files are written in. Minor numbers and ports are the
     * volumes' own, so a volume that comes or goes leaves the resources of all others as they were; volumes without numbers
     * are written with those that {@link DrbdNumbers#complete} gives them, which are the same in the files of all machines.
     *
     * @param model the site
     * @param node whose file
     * @param secrets gives the secret that a reference of the model stands for
     * @return the file
     * @throws IllegalArgumentException if a volume cannot be said in that dialect, copies have no common segment with
     *     addresses, or what a copy lies on has no device there
     */
    public static String drbd(Model model, NodeId node, UnaryOperator<String> secrets) {
        DrbdDialect dialect = Devices.node(model, node).machine().software().configuration();
        StringBuilder out = new StringBuilder();
        for (DrbdVolume volume : DrbdNumbers.complete(model).all(DrbdVolume.class)) {
            if (volume.replica(node).isPresent()) {
                out.append(resource(model, volume, dialect, volume.numbers().orElseThrow(), secrets));
            }
        }
        return out.toString();
    }

    private static String resource(
            Model model, DrbdVolume volume, DrbdDialect dialect, DrbdNumbers numbers, UnaryOperator<String> secrets) {
        if (dialect != DrbdDialect.V9 && volume.replicas().size() > 2) {
            throw new IllegalArgumentException(volume.id() + " has "
                    + volume.replicas().size() + " copies, and DRBD " + dialect.release() + " keeps 2");
        }
        StringBuilder out = new StringBuilder("resource " + volume.id().name() + " {\n");
        policy(out, volume, dialect, secrets);
        List<NodeId> nodes = volume.replicas().stream().map(Replica::node).toList();
        List<String> addresses =
                Devices.commonAddresses(model, nodes, volume.id().toString());
        for (int i = 0; i < nodes.size(); i++) {
            Replica replica = volume.replicas().get(i);
            out.append("  on ").append(Devices.host(model, replica.node())).append(" {\n");
            out.append("    device /dev/drbd")
                    .append(numbers.minor())
                    .append(" minor ")
                    .append(numbers.minor())
                    .append(";\n    disk ");
            out.append(Devices.need(
                    model, replica.lower(), replica.node(), volume.id().toString()));
            out.append(";\n    meta-disk internal;\n    address ")
                    .append(addresses.get(i))
                    .append(':');
            out.append(numbers.port()).append(";\n");
            if (dialect == DrbdDialect.V9) {
                out.append("    node-id ").append(replica.number()).append(";\n");
            }
            out.append("  }\n");
        }
        if (dialect == DrbdDialect.V9 && nodes.size() > 2) {
            out.append("  connection-mesh {\n    hosts");
            nodes.forEach(id -> out.append(' ').append(Devices.host(model, id)));
            out.append(";\n  }\n");
        }
        return out.append("}\n").toString();
    }

    private static void policy(
            StringBuilder out, DrbdVolume volume, DrbdDialect dialect, UnaryOperator<String> secrets) {
        DrbdPolicy policy = volume.policy();
        boolean old = dialect == DrbdDialect.V8_3;
        List<String> net = new ArrayList<>();
        List<String> disk = new ArrayList<>();
        if (old) {
            out.append("  protocol ").append(policy.protocol()).append(";\n");
        } else {
            net.add("protocol " + policy.protocol());
        }
        policy.authentication().ifPresent(both -> {
            net.add("cram-hmac-alg " + both.algorithm());
            net.add("shared-secret " + quoted(secrets.apply(both.secret())));
        });
        if (volume.dualPrimary() instanceof DualPrimary.ClusterFileSystem) {
            net.add(old ? "allow-two-primaries" : "allow-two-primaries yes");
        }
        if (!policy.integrityAlgorithm().isEmpty()) {
            net.add("data-integrity-alg " + policy.integrityAlgorithm());
        }
        if (!policy.verifyAlgorithm().isEmpty() && !old) {
            net.add("verify-alg " + policy.verifyAlgorithm());
        }
        if (policy.fencing() != DrbdPolicy.Fencing.DONT_CARE) {
            (dialect == DrbdDialect.V9 ? net : disk)
                    .add("fencing "
                            + policy.fencing().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
        section(out, "net", net);
        section(out, "disk", disk);
        if (!policy.verifyAlgorithm().isEmpty() && old) {
            section(out, "syncer", List.of("verify-alg " + policy.verifyAlgorithm()));
        }
        if (policy.quorum() != DrbdPolicy.Quorum.OFF) {
            if (dialect != DrbdDialect.V9) {
                throw new IllegalArgumentException(
                        volume.id() + " wants quorum, which DRBD " + dialect.release() + " does not know");
            }
            section(out, "options", List.of("quorum " + policy.quorum().name().toLowerCase(Locale.ROOT)));
        }
    }

    private static void section(StringBuilder out, String name, List<String> options) {
        if (!options.isEmpty()) {
            out.append("  ").append(name).append(" {\n");
            options.forEach(option -> out.append("    ").append(option).append(";\n"));
            out.append("  }\n");
        }
    }

    /** As drbdadm reads it: between quotes nothing is special, so a quote or a line feed cannot be written. */
    private static String quoted(String secret) {
        if (secret.indexOf('"') >= 0 || secret.indexOf('\n') >= 0 || secret.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("a secret cannot hold a quote, a backslash or a line feed in drbd.conf");
        }
        return '"' + secret + '"';
    }

    /**
     * The arrays that a machine assembles. The model knows members by their devices, so these are what an array is told by.
     *
     * @param model the site
     * @param node whose file
     * @return the file; empty if it has no array
     * @throws IllegalArgumentException if a member has no device there
     */
    public static String mdadm(Model model, NodeId node) {
        Devices.node(model, node);
        StringBuilder out = new StringBuilder();
        for (MdArray array : model.all(MdArray.class)) {
            if (array.activeOn().contains(node)) {
                List<String> devices = new ArrayList<>();
                for (LayerId member : array.members()) {
                    devices.add(Devices.need(model, member, node, array.id().toString()));
                }
                out.append("ARRAY /dev/md/").append(array.id().name());
                out.append(" level=").append(array.level().name().toLowerCase(Locale.ROOT));
                out.append(" num-devices=").append(devices.size());
                out.append(" devices=").append(String.join(",", devices)).append('\n');
            }
        }
        return out.toString();
    }
}
