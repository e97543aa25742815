package io.diskless.cluster.conf.ocfs2;

import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.TextEdit;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Values;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Looks at the values of the stanzas: errors are what {@code o2cb} refuses, warnings what only the kernel or nobody
 * refuses. Confined to one call.
 */
final class Ocfs2Checks {
    private static final Map<String, Set<String>> KEYS = Map.of(
            "cluster", Set.of("name", "node_count", "heartbeat_mode"),
            "node", Set.of("name", "cluster", "number", "ip_address", "ip_port"),
            "heartbeat", Set.of("region", "cluster"));

    /** The reader keeps numbers in 32 bits. */
    private static final long LARGEST = 0xFFFF_FFFFL;

    private final Reporter reporter;
    private final ConfigTree tree;

    Ocfs2Checks(Reporter reporter, ConfigTree tree) {
        this.reporter = reporter;
        this.tree = tree;
    }

    void run() {
        tree.statements().forEach(this::keys);
        Set<String> names = new HashSet<>();
        tree.all("cluster").forEach(cluster -> cluster(cluster, names));
        for (String name : names) {
            members(name);
        }
        orphans(names);
    }

    private void keys(Statement stanza) {
        String name = stanza.keyword().value();
        Set<String> known = KEYS.get(name);
        if (known == null) {
            String lower = name.toLowerCase(Locale.ROOT);
            TextEdit[] repair = KEYS.containsKey(lower)
                    ? new TextEdit[] {TextEdit.replace(stanza.keyword().span(), lower)}
                    : new TextEdit[0];
            reporter.warning(
                    stanza.keyword().span(),
                    "unknown-stanza",
                    "stanza " + name + " is ignored, and lost when a tool writes",
                    "cluster, node or heartbeat",
                    repair);
            return;
        }
        Set<String> seen = new HashSet<>();
        for (Statement parameter : stanza.children()) {
            String key = parameter.keyword().value();
            if (!known.contains(key)) {
                reporter.warning(
                        parameter.keyword().span(),
                        "unknown-key",
                        "key " + key + " is ignored, and lost when a tool writes",
                        "one of " + String.join(", ", known.stream().sorted().toList()));
            }
            if (!seen.add(key)) {
                reporter.warning(
                        parameter.keyword().span(),
                        "duplicate-key",
                        key + " stands twice; the last one counts",
                        "one of them");
            }
        }
    }

    private void cluster(Statement cluster, Set<String> names) {
        Optional<Word> name = needed(cluster, "name", "a name");
        if (name.isEmpty()) {
            return;
        }
        if (!names.add(name.get().value())) {
            reporter.error(
                    name.get().span(),
                    "duplicate-cluster",
                    "cluster " + name.get().value() + " stands twice",
                    "");
        }
        if (!Ocfs2Cluster.isName(name.get().value())) {
            reporter.warning(
                    name.get().span(),
                    "cluster-name",
                    "the tools cannot make a cluster of this name",
                    "1 to 16 letters and digits");
        }
        needed(cluster, "node_count", "the number of nodes").ifPresent(word -> number(word, "node_count"));
        value(cluster, "heartbeat_mode").ifPresent(mode -> {
            if (!mode.value().equalsIgnoreCase("local") && !mode.value().equalsIgnoreCase("global")) {
                reporter.error(mode.span(), "heartbeat-mode", "no heartbeat mode", "local or global");
            }
        });
    }

    private void members(String cluster) {
        List<Statement> nodes = of(cluster, "node");
        Map<String, Word> names = new HashMap<>();
        Map<Long, Word> numbers = new HashMap<>();
        Map<String, Word> addresses = new HashMap<>();
        for (Statement node : nodes) {
            needed(node, "name", "the host name").ifPresent(word -> {
                taken(names, word.value(), word, true, "node name");
                if (word.value().length() > Ocfs2Node.LONGEST_NAME) {
                    reporter.warning(
                            word.span(),
                            "node-name",
                            "a name of " + word.value().length() + " characters",
                            "at most 64");
                }
            });
            needed(node, "number", "a number from 0 to 254")
                    .ifPresent(word -> number(word, "number").ifPresent(n -> {
                        taken(numbers, n, word, false, "node number");
                        if (n > Ocfs2Node.HIGHEST_NUMBER) {
                            reporter.warning(word.span(), "node-number", "the kernel refuses number " + n, "0 to 254");
                        }
                    }));
            needed(node, "ip_port", "7777")
                    .ifPresent(word -> number(word, "ip_port").ifPresent(n -> {
                        if (n < 1 || n > Ocfs2Node.HIGHEST_PORT) {
                            reporter.warning(word.span(), "port", "the kernel refuses port " + n, "1 to 65534");
                        }
                    }));
            needed(node, "ip_address", "an IPv4 address").ifPresent(word -> {
                if (!Values.isIpv4(word.value())) {
                    reporter.error(
                            word.span(),
                            "address",
                            "\"" + word.value() + "\" is no IPv4 address",
                            "four numbers from 0 to 255");
                } else {
                    taken(addresses, word.value(), word, false, "node address");
                }
            });
        }
        counted(cluster, nodes.size());
        regions(cluster);
    }

    private void counted(String cluster, int nodes) {
        tree.all("cluster")
                .filter(c -> isValue(c, "name", cluster))
                .forEach(c -> value(c, "node_count").ifPresent(word -> {
                    OptionalLong count = Values.decimal(word.value());
                    if (count.isPresent() && count.getAsLong() != nodes) {
                        reporter.warning(
                                word.span(),
                                "node-count",
                                "node_count is " + word.value() + ", the file has " + nodes + " nodes",
                                String.valueOf(nodes),
                                TextEdit.replace(word.span(), String.valueOf(nodes)));
                    }
                }));
    }

    private void regions(String cluster) {
        List<Statement> regions = of(cluster, "heartbeat");
        boolean global = tree.all("cluster")
                .filter(c -> isValue(c, "name", cluster))
                .anyMatch(c -> value(c, "heartbeat_mode")
                        .filter(m -> m.value().equalsIgnoreCase("global"))
                        .isPresent());
        Map<String, Word> seen = new HashMap<>();
        for (int i = 0; i < regions.size(); i++) {
            boolean tooMany = i >= Ocfs2Cluster.MOST_REGIONS;
            needed(regions.get(i), "region", "a UUID").ifPresent(word -> {
                taken(seen, word.value(), word, true, "region");
                if (tooMany) {
                    reporter.warning(word.span(), "region-count", "region number " + seen.size(), "at most 32 regions");
                }
                if (!Ocfs2Cluster.isRegion(word.value())) {
                    reporter.warning(
                            word.span(), "region", "no UUID of a file system", "32 upper-case hexadecimal digits");
                }
            });
        }
        if (global == regions.isEmpty()) {
            tree.all("cluster")
                    .filter(c -> isValue(c, "name", cluster))
                    .forEach(c -> reporter.warning(
                            c.keyword().span(),
                            "heartbeat-mode",
                            global
                                    ? "global heartbeat without a region: none can start"
                                    : "regions are ignored in local mode",
                            global ? "a heartbeat stanza" : "heartbeat_mode = global"));
        }
    }

    private void orphans(Set<String> names) {
        for (Statement stanza : tree.statements()) {
            if (!stanza.is("node") && !stanza.is("heartbeat")) {
                continue;
            }
            Optional<Word> cluster = value(stanza, "cluster");
            if (cluster.isEmpty() || !names.contains(cluster.get().value())) {
                reporter.warning(
                        cluster.map(Word::span).orElse(stanza.keyword().span()),
                        "orphan",
                        "the " + stanza.keyword().value() + " is left out: "
                                + cluster.map(c -> "there is no cluster " + c.value())
                                        .orElse("it names no cluster"),
                        "the name of a cluster stanza");
            }
        }
    }

    private List<Statement> of(String cluster, String keyword) {
        return tree.all(keyword).filter(s -> isValue(s, "cluster", cluster)).toList();
    }

    private OptionalLong number(Word word, String key) {
        OptionalLong number = Values.decimal(word.value());
        if (number.isPresent() && number.getAsLong() <= LARGEST) {
            return number;
        }
        int hash = word.value().indexOf('#');
        String before = hash > 0 ? word.value().substring(0, hash).strip() : "";
        TextEdit[] repair = new TextEdit[0];
        if (Values.isDigits(before)) {
            // A comment cannot stand after a value: it goes on a line of its own.
            int lineStart = reporter.text()
                    .lineSpan(reporter.text().line(word.span().start()))
                    .start();
            int cut = word.span().start() + before.length();
            repair = new TextEdit[] {
                TextEdit.insert(
                        lineStart,
                        word.value().substring(hash) + reporter.text().lineSeparator()),
                TextEdit.delete(new Span(cut, word.span().end()))
            };
        }
        reporter.error(word.span(), "number", key + " is no number", "decimal digits", repair);
        return OptionalLong.empty();
    }

    private <K> void taken(Map<K, Word> seen, K key, Word word, boolean refused, String what) {
        Word first = seen.putIfAbsent(key, word);
        if (first != null) {
            reporter.report(
                    refused,
                    word.span(),
                    "duplicate-" + what.replace(' ', '-'),
                    what + " " + key + " is taken on line "
                            + reporter.text().line(first.span().start()),
                    "");
        }
    }

    private Optional<Word> needed(Statement stanza, String key, String expected) {
        Optional<Word> value = value(stanza, key);
        if (value.isEmpty()) {
            reporter.error(
                    stanza.keyword().span(),
                    "missing-key",
                    stanza.keyword().value() + " has no " + key,
                    key + " = " + expected);
        }
        return value;
    }

    static boolean isValue(Statement stanza, String key, String wanted) {
        return value(stanza, key).filter(v -> v.value().equals(wanted)).isPresent();
    }

    static Optional<Word> value(Statement stanza, String key) {
        return stanza.last(key).map(p -> p.arguments().get(0));
    }
}
