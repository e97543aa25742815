package io.diskless.cluster.cli;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.operation.SiteOperation;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.placement.Decision;
import io.diskless.cluster.placement.Placer;
import io.diskless.cluster.placement.Strategy;
import io.diskless.cluster.rules.Checked;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Operations as words of a command line. Immutable. */
final class Operations {
    /** What can be asked for; {@code [..]} may be left out. */
    static final List<String> SYNTAX = List.of(
            "tag SITE-WITH-IT NODE             tell a machine of another model file what it is",
            "add SITE-WITH-IT NODE [OCFS2]     the same, boot it, and let it join an OCFS2 cluster",
            "retire NODE                       let a machine go for good",
            "drain NODE                        let a StorageNode or HardwareNode hand over its work",
            "fence NODE                        cut a machine off",
            "failover PAIR NODE                let this ConfigNode of a pair serve",
            "create VOLUME SIZE SECRET NODE... make a replicated volume, such as 40G",
            "publish VOLUME DEVICE SEGMENT     export it from each node, as one device of several paths",
            "unpublish DEVICE                  take that back",
            "grow LAYER SIZE                   make everything below and above larger",
            "replace DISK PATH [SIZE]          put another disk in its place",
            "start GUEST [NODE]                run a guest there, or where it is best",
            "stop GUEST                        run it nowhere",
            "copy GUEST NAME                   copy a guest with its volumes",
            "migrate GUEST NODE                move a running guest",
            "import SITE                       take over what another model file has",
            "rollback SITE                     become as another model file is");

    private final Cluster site;
    private final Strategy strategy;
    private final long token;

    Operations(Cluster site, Strategy strategy, long token) {
        this.site = site;
        this.strategy = strategy;
        this.token = token;
    }

    /**
     * An operation.
     *
     * @param words its name and operands
     * @throws IllegalArgumentException if they are not one of those above
     * @throws IOException if a model file that is named cannot be read
     */
    Operation parse(List<String> words) throws IOException {
        String name = words.get(0).toLowerCase(Locale.ROOT);
        List<String> rest = words.subList(1, words.size());
        return switch (name) {
            case "tag" -> new NodeOperation.TagNode(other(count(name, rest, 2, 2)));
            case "add" ->
                new NodeOperation.AddNode(
                        other(count(name, rest, 2, 3)),
                        rest.size() > 2 ? Optional.of(new OcfsId(rest.get(2))) : Optional.empty());
            case "retire" -> new NodeOperation.RetireNode(node(count(name, rest, 1, 1), 0));
            case "drain" -> drain(node(count(name, rest, 1, 1), 0));
            case "fence" -> new NodeOperation.FenceNode(node(count(name, rest, 1, 1), 0), token);
            case "failover" -> failover(count(name, rest, 2, 2));
            case "create" -> create(count(name, rest, 4, 35));
            case "publish" ->
                new VolumeOperation.PublishVolume(
                        layer(count(name, rest, 3, 3), 0), layer(rest, 1), new SegmentId(rest.get(2)));
            case "unpublish" -> new VolumeOperation.UnpublishVolume(layer(count(name, rest, 1, 1), 0));
            case "grow" -> new VolumeOperation.GrowVolume(layer(count(name, rest, 2, 2), 0), Sizes.parse(rest.get(1)));
            case "replace" -> replace(count(name, rest, 2, 3));
            case "start" -> start(count(name, rest, 1, 2));
            case "stop" -> new Operation.StopInstance(guest(count(name, rest, 1, 1)));
            case "copy" -> new GuestOperation.CopyInstance(guest(count(name, rest, 2, 2)), new InstanceId(rest.get(1)));
            case "migrate" -> new GuestOperation.LiveMigrate(guest(count(name, rest, 2, 2)), node(rest, 1));
            case "import" -> imported(count(name, rest, 1, 1));
            case "rollback" -> new SiteOperation.Rollback(model(count(name, rest, 1, 1)));
            default -> throw new IllegalArgumentException("\"" + name + "\" is no operation, see plan --help");
        };
    }

    private static List<String> count(String name, List<String> rest, int least, int most) {
        if (rest.size() < least || rest.size() > most) {
            String form = SYNTAX.stream()
                    .filter(line -> line.startsWith(name + " "))
                    .findFirst()
                    .orElse(name);
            throw new IllegalArgumentException(
                    "expected " + form.strip().replaceAll("\\s{2,}.*", "") + ", got " + rest.size() + " operands");
        }
        return rest;
    }

    private static NodeId node(List<String> rest, int at) {
        return new NodeId(rest.get(at));
    }

    private static LayerId layer(List<String> rest, int at) {
        return new LayerId(rest.get(at));
    }

    private static InstanceId guest(List<String> rest) {
        return new InstanceId(rest.get(0));
    }

    private static Model model(List<String> rest) throws IOException {
        return SiteFile.read(Path.of(rest.get(0))).desired();
    }

    private Node other(List<String> rest) throws IOException {
        return model(rest)
                .get(node(rest, 1), Node.class)
                .orElseThrow(() -> new IllegalArgumentException(rest.get(0) + " has no " + node(rest, 1)));
    }

    private Operation drain(NodeId id) {
        Node node = site.desired()
                .get(id, Node.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
        return node instanceof HardwareNode
                ? new NodeOperation.DrainHardwareNode(id, Map.of())
                : new NodeOperation.DrainStorageNode(id);
    }

    private Operation failover(List<String> rest) {
        PairId pair = new PairId(rest.get(0));
        if (site.desired().get(pair, HaPair.class).isEmpty()) {
            throw new IllegalArgumentException("there is no " + pair + " in the model");
        }
        return new NodeOperation.FailoverConfigNode(pair, node(rest, 1), token);
    }

    private static Operation create(List<String> rest) {
        List<NodeId> nodes =
                rest.subList(3, rest.size()).stream().map(NodeId::new).toList();
        return new VolumeOperation.CreateVolume(
                layer(rest, 0), Sizes.parse(rest.get(1)), nodes, DrbdPolicy.of(rest.get(2)));
    }

    private Operation replace(List<String> rest) {
        Disk old = site.desired()
                .get(layer(rest, 0), Disk.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no disk " + layer(rest, 0)));
        long size = rest.size() > 2 ? Sizes.parse(rest.get(2)) : old.sizeBytes();
        return new VolumeOperation.ReplaceDisk(old.id(), rest.get(1), size);
    }

    private Operation start(List<String> rest) {
        InstanceId guest = guest(rest);
        if (rest.size() > 1) {
            return new Operation.StartInstance(guest, node(rest, 1));
        }
        boolean runs = site.desired()
                .get(guest, Instance.class)
                .filter(found -> found.placement().isRunning())
                .isPresent();
        if (runs) {
            throw new IllegalArgumentException(guest + " runs already; migrate it to another node");
        }
        Decision decision = Placer.place(Checked.of(site.desired()), guest, strategy);
        return new Operation.StartInstance(
                guest,
                decision.chosen()
                        .orElseThrow(() ->
                                new IllegalArgumentException("no node takes " + guest + ": " + decision.explain())));
    }

    private static Operation imported(List<String> rest) throws IOException {
        List<Entity> all = new ArrayList<>();
        model(rest).forEach(all::add);
        all.sort(java.util.Comparator.comparing(Entity::id));
        return new SiteOperation.Import(all);
    }
}
