package io.diskless.cluster.draw;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What there is. Stateless; one object draws one picture. */
final class SitePicture {
    /** More machines of one kind than this are shown by racks. */
    private static final int MOST_MACHINES = 12;

    private static final int MOST_GUESTS = 6;
    private static final int UPPER = 0;
    private static final int SEGMENTS = 1;
    private static final int LOWER = 2;

    private final Model model;
    private final Map<NodeId, List<Instance>> guests = new TreeMap<>();
    private final List<Instance> stopped = new ArrayList<>();
    private final List<Box> boxes = new ArrayList<>();
    private final Map<String, Link> links = new TreeMap<>();

    private SitePicture(Model model) {
        this.model = model;
        for (Instance guest : model.all(Instance.class)) {
            for (NodeId host : guest.placement().hosts()) {
                guests.computeIfAbsent(host, h -> new ArrayList<>()).add(guest);
            }
            if (!guest.placement().isRunning()) {
                stopped.add(guest);
            }
        }
    }

    static Picture of(Model model) {
        return new SitePicture(model).draw();
    }

    private Picture draw() {
        List<ConfigNode> config = model.all(ConfigNode.class);
        List<StorageNode> storage = model.all(StorageNode.class);
        List<HardwareNode> hardware = model.all(HardwareNode.class);
        machines(config, UPPER, "ConfigNode");
        machines(storage, UPPER, "StorageNode");
        for (Segment segment : model.all(Segment.class)) {
            String vlan = segment.vlan() == 0 ? "" : ", VLAN " + segment.vlan();
            boxes.add(new Box(
                    segment.id().toString(),
                    SEGMENTS,
                    Tone.PLAIN,
                    List.of(
                            "segment " + segment.id().name(),
                            Words.speed(segment.speedMbps()) + ", MTU " + segment.mtu() + vlan)));
        }
        machines(hardware, LOWER, "HardwareNode");
        if (!stopped.isEmpty()) {
            List<String> lines = new ArrayList<>(List.of("stopped guests"));
            names(stopped, lines);
            boxes.add(new Box("stopped", LOWER, Tone.QUIET, lines));
        }
        String title = "Site: " + Words.count(config.size(), "ConfigNode") + ", "
                + Words.count(storage.size(), "StorageNode") + ", " + Words.count(hardware.size(), "HardwareNode")
                + ", "
                + Words.count(model.all(Instance.class).size(), "guest");
        return new Picture(title, List.of(), boxes, List.copyOf(links.values()));
    }

    private void machines(List<? extends Node> nodes, int rank, String kind) {
        if (nodes.size() <= MOST_MACHINES) {
            nodes.forEach(node -> machine(node, rank, kind));
            return;
        }
        Map<String, List<Node>> racks = new TreeMap<>();
        for (Node node : nodes) {
            racks.computeIfAbsent(node.machine().domain().rack(), r -> new ArrayList<>())
                    .add(node);
        }
        racks.forEach((rack, all) -> rack(rack, all, rank, kind));
    }

    private void machine(Node node, int rank, String kind) {
        List<String> lines = new ArrayList<>(List.of(node.id().name()));
        boolean serves = node instanceof ConfigNode config && config.servesBoot();
        lines.add(kind + ", " + Words.of(node.lifecycle()) + (serves ? ", serves boot" : ""));
        String rack = node.machine().domain().rack();
        if (!rack.isEmpty()) {
            lines.add("rack " + rack);
        }
        for (Nic nic : node.machine().nics()) {
            lines.add(nic.name() + " on " + nic.segment().name() + ", " + Words.speed(nic.speedMbps()));
        }
        if (node instanceof StorageNode) {
            int[] counts = new int[2];
            model.forEachReferrer(node.id(), who -> {
                counts[0] += model.get(who, Disk.class).isPresent() ? 1 : 0;
                counts[1] += model.get(who, AoeExport.class).isPresent() ? 1 : 0;
            });
            lines.add(Words.count(counts[0], "disk") + ", " + Words.count(counts[1], "export"));
        }
        if (node instanceof HardwareNode host) {
            lines.add(host.cpus() + " CPUs, " + Words.bytes(host.memoryBytes()));
            names(guests.getOrDefault(host.id(), List.of()), lines);
        }
        boxes.add(new Box(node.id().toString(), rank, Words.tone(node.lifecycle()), lines));
        for (Nic nic : node.machine().nics()) {
            link(node.id().toString(), nic.segment(), rank);
        }
    }

    private static void names(List<Instance> all, List<String> lines) {
        for (Instance guest : all.subList(0, Math.min(MOST_GUESTS, all.size()))) {
            lines.add("- " + guest.id().name() + ", " + Words.bytes(guest.memoryBytes()));
        }
        if (all.size() > MOST_GUESTS) {
            lines.add("- and " + (all.size() - MOST_GUESTS) + " more");
        }
    }

    private void rack(String rack, List<Node> nodes, int rank, String kind) {
        String id = kind + " rack " + rack;
        Tone worst = Tone.GOOD;
        int running = 0;
        int notReady = 0;
        for (Node node : nodes) {
            Tone tone = Words.tone(node.lifecycle());
            worst = tone == Tone.BAD || (tone == Tone.WARN && worst == Tone.GOOD) ? tone : worst;
            notReady += tone == Tone.GOOD ? 0 : 1;
            running += guests.getOrDefault(node.id(), List.of()).size();
            for (Nic nic : node.machine().nics()) {
                link(id, nic.segment(), rank);
            }
        }
        List<String> lines = new ArrayList<>(List.of(rack.isEmpty() ? "no rack" : "rack " + rack));
        lines.add(Words.count(nodes.size(), kind) + (notReady == 0 ? "" : ", " + notReady + " not ready"));
        if (rank == LOWER) {
            lines.add(Words.count(running, "guest"));
        }
        boxes.add(new Box(id, rank, worst, lines));
    }

    /** One line for each pair of boxes, however many ports it stands for. */
    private void link(String box, EntityId segment, int rank) {
        if (model.contains(segment)) {
            String from = rank < SEGMENTS ? box : segment.toString();
            String to = rank < SEGMENTS ? segment.toString() : box;
            links.putIfAbsent(from + " " + to, Link.of(from, to));
        }
    }
}
