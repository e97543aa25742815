package io.diskless.cluster.conf.ha;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Values;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The haresources of Heartbeat 3: on each line a node and what it shall run, started from left to right. Immutable.
 *
 * <p>No program checks it offline, so the verdicts are those of its manual.
 */
public final class HaResources implements ConfigDocument {
    private static final int LONGEST_PREFIX = 32;

    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;

    private HaResources(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
    }

    /**
     * What runs together.
     *
     * @param node where it runs if that node lives
     * @param resources each a script with its arguments behind {@code ::}, or an address, in the order in which they start
     */
    public record Group(String node, List<String> resources) {
        /** Copies the list. */
        public Group {
            resources = List.copyOf(resources);
        }
    }

    /**
     * Reads a text.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static HaResources parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "haresources");
        ConfigTree tree = new ConfigTree(text, WordLines.statements(reporter));
        Map<String, Word> seen = new HashMap<>();
        for (Statement group : tree.statements()) {
            if (group.arguments().isEmpty()) {
                reporter.error(
                        group.span(), "empty", group.keyword().value() + " runs nothing", "a node and resources");
            }
            group.arguments().forEach(word -> resource(reporter, seen, word));
            filesAfterDisk(reporter, group);
        }
        return new HaResources(tree, reporter.diagnostics());
    }

    private static void resource(Reporter reporter, Map<String, Word> seen, Word word) {
        Word first = seen.putIfAbsent(word.value(), word);
        if (first != null) {
            reporter.error(
                    word.span(),
                    "duplicate",
                    word.value() + " is on line "
                            + reporter.text().line(first.span().start()) + " too, and would be started twice",
                    "");
        }
        String name = word.value().startsWith("IPaddr::") ? word.value().substring("IPaddr::".length()) : word.value();
        String[] parts = name.split("/", -1);
        if (!Values.looksLikeIpv4(parts[0])) {
            if (word.value().endsWith(":") || word.value().startsWith(":")) {
                reporter.error(
                        word.span(),
                        "resource",
                        "\"" + word.value() + "\" lacks a script or argument",
                        "script::argument");
            }
            return;
        }
        if (!Values.isIpv4(parts[0])) {
            reporter.error(word.span(), "address", "\"" + parts[0] + "\" is no IPv4 address", "four numbers up to 255");
        }
        if (parts.length > 1
                && (Values.decimal(parts[1]).isEmpty()
                        || Values.decimal(parts[1]).getAsLong() > LONGEST_PREFIX)) {
            reporter.error(word.span(), "prefix", "\"" + parts[1] + "\" is no length of a network", "0 to 32");
        }
    }

    /** A file system on a DRBD device can be mounted only after its disk was promoted. */
    private static void filesAfterDisk(Reporter reporter, Statement group) {
        boolean promoted = false;
        for (Word word : group.arguments()) {
            promoted |= word.value().startsWith("drbddisk");
            if (word.value().startsWith("Filesystem::/dev/drbd") && !promoted) {
                reporter.warning(
                        word.span(),
                        "order",
                        "the file system is mounted before any drbddisk makes its volume Primary",
                        "drbddisk before Filesystem");
            }
        }
    }

    @Override
    public ConfigText text() {
        return tree.text();
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /** {@return the groups, in order} */
    public List<Group> groups() {
        return tree.statements().stream()
                .map(group -> new Group(
                        group.keyword().value(),
                        group.arguments().stream().map(Word::value).toList()))
                .toList();
    }

    /** {@return the file and its groups} */
    @Override
    public String toString() {
        return "HaResources[" + text().name() + ", " + groups() + "]";
    }
}
