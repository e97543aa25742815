package io.diskless.cluster.conf.ocfs2;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A cluster.conf of OCFS2. Immutable. */
public final class Ocfs2Config implements ConfigDocument {
    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;

    private Ocfs2Config(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads a text.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static Ocfs2Config parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "ocfs2");
        ConfigTree tree = new Ocfs2Parser(reporter).parse();
        new Ocfs2Checks(reporter, tree).run();
        return new Ocfs2Config(tree, reporter.diagnostics());
    }

    /**
     * Writes clusters as {@code o2cb} would: clusters first, then heartbeat regions, then nodes; one tab, an empty line
     * after each stanza, node counts as they are.
     *
     * @param clusters what to write; every value was checked when it was made
     * @return the text of the file
     */
    public static String render(List<Ocfs2Cluster> clusters) {
        StringBuilder out = new StringBuilder();
        for (Ocfs2Cluster cluster : clusters) {
            stanza(
                    out,
                    "cluster",
                    "name",
                    cluster.name(),
                    "heartbeat_mode",
                    cluster.globalHeartbeat() ? "global" : "local",
                    "node_count",
                    String.valueOf(cluster.nodes().size()));
        }
        for (Ocfs2Cluster cluster : clusters) {
            for (String region : cluster.regions()) {
                stanza(out, "heartbeat", "cluster", cluster.name(), "region", region);
            }
        }
        for (Ocfs2Cluster cluster : clusters) {
            for (Ocfs2Node node : cluster.nodes()) {
                stanza(
                        out,
                        "node",
                        "cluster",
                        cluster.name(),
                        "number",
                        String.valueOf(node.number()),
                        "ip_port",
                        String.valueOf(node.port()),
                        "ip_address",
                        node.address(),
                        "name",
                        node.name());
            }
        }
        return out.toString();
    }

    private static void stanza(StringBuilder out, String name, String... keysAndValues) {
        out.append(name).append(":\n");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            out.append('\t')
                    .append(keysAndValues[i])
                    .append(" = ")
                    .append(keysAndValues[i + 1])
                    .append('\n');
        }
        out.append('\n');
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /** {@return the clusters whose values are all legal, in the order of the file; the others are in the diagnostics} */
    public List<Ocfs2Cluster> clusters() {
        List<Ocfs2Cluster> clusters = new ArrayList<>();
        tree.all("cluster").forEach(stanza -> cluster(stanza).ifPresent(clusters::add));
        return List.copyOf(clusters);
    }

    private Optional<Ocfs2Cluster> cluster(Statement stanza) {
        try {
            String name = text(stanza, "name");
            boolean global = Ocfs2Checks.value(stanza, "heartbeat_mode")
                    .filter(m -> m.value().equalsIgnoreCase("global"))
                    .isPresent();
            List<Ocfs2Node> nodes = tree.all("node")
                    .filter(n -> Ocfs2Checks.isValue(n, "cluster", name))
                    .map(n -> new Ocfs2Node(
                            text(n, "name"),
                            Integer.parseInt(text(n, "number")),
                            text(n, "ip_address"),
                            Integer.parseInt(text(n, "ip_port"))))
                    .toList();
            List<String> regions = tree.all("heartbeat")
                    .filter(h -> Ocfs2Checks.isValue(h, "cluster", name))
                    .map(h -> text(h, "region"))
                    .toList();
            return Optional.of(new Ocfs2Cluster(name, global, nodes, regions));
        } catch (IllegalArgumentException illegal) {
            return Optional.empty(); // Whatever was illegal is among the diagnostics.
        }
    }

    private static String text(Statement stanza, String key) {
        return Ocfs2Checks.value(stanza, key).map(Word::value).orElse("");
    }

    /** {@return the file and its clusters} */
    @Override
    public String toString() {
        return "Ocfs2Config[" + text().name() + ", "
                + clusters().stream().map(Ocfs2Cluster::name).toList() + "]";
    }
}
