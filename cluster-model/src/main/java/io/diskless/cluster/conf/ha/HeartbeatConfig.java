package io.diskless.cluster.conf.ha;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Values;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ha.cf of Heartbeat 3: one directive to a line, read from top to bottom. Immutable.
 *
 * <p>No program checks it offline, so the verdicts are those of its manual: what Heartbeat cannot start with is an error,
 * what it starts with and should not is a warning.
 */
public final class HeartbeatConfig implements ConfigDocument {
    private static final Set<String> TIMES = Set.of("keepalive", "deadtime", "warntime", "initdead", "deadping");
    private static final Set<String> MEDIA = Set.of("bcast", "mcast", "ucast", "serial");
    private static final Set<String> OTHERS = Set.of(
            "apiauth",
            "autojoin",
            "baud",
            "compression",
            "compression_threshold",
            "conn_logd_time",
            "coredumps",
            "crm",
            "debug",
            "debugfile",
            "hbgenmethod",
            "hopfudge",
            "logfacility",
            "logfile",
            "msgfmt",
            "pacemaker",
            "ping",
            "ping_group",
            "realtime",
            "respawn",
            "rtprio",
            "stonith",
            "stonith_host",
            "traditional_compression",
            "use_logd",
            "uuidfrom",
            "watchdog");
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|us|s|)");
    private static final int HIGHEST_PORT = 65_535;

    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;

    private HeartbeatConfig(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads a text.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static HeartbeatConfig parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "heartbeat");
        ConfigTree tree = new ConfigTree(text, WordLines.statements(reporter));
        check(reporter, tree);
        return new HeartbeatConfig(tree, reporter.diagnostics());
    }

    private static void check(Reporter reporter, ConfigTree tree) {
        boolean media = false;
        for (Statement statement : tree.statements()) {
            String name = statement.keyword().value();
            media |= MEDIA.contains(name);
            if (TIMES.contains(name)) {
                first(reporter, statement, "a time such as 2 or 1500ms").ifPresent(word -> {
                    if (time(word.value()).isEmpty()) {
                        reporter.error(word.span(), "time", "\"" + word.value() + "\" is no time", "2 or 1500ms");
                    }
                });
            } else if (name.equals("udpport")) {
                first(reporter, statement, "a port").ifPresent(word -> port(reporter, word));
                if (media) {
                    reporter.warning(
                            statement.span(),
                            "order",
                            "udpport stands after the media that it is for, which use 694",
                            "udpport before bcast, mcast and ucast");
                }
            } else if (name.equals("auto_failback")) {
                first(reporter, statement, "on, off or legacy").ifPresent(word -> failback(reporter, word));
            } else if (name.equals("ucast")) {
                need(reporter, statement, 2, "a port and an address");
            } else if (name.equals("mcast")) {
                need(reporter, statement, 5, "a port, a group, a UDP port, a TTL and 0");
            } else if (MEDIA.contains(name) || name.equals("node")) {
                need(reporter, statement, 1, "a name");
            } else if (!OTHERS.contains(name)) {
                reporter.error(
                        statement.keyword().span(), "unknown", "\"" + name + "\" is no directive that is known", "");
            }
        }
        if (!media) {
            reporter.error(Span.at(0), "no-medium", "there is nothing to beat over", "bcast, mcast, ucast or serial");
        }
        if (tree.all("auto_failback").findAny().isEmpty()) {
            reporter.warning(Span.at(0), "no-failback", "auto_failback is not given, so it is legacy", "on or off");
        }
        if (!isOn(tree, "pacemaker")
                && !isOn(tree, "crm")
                && tree.all("stonith_host").findAny().isEmpty()
                && tree.all("stonith").findAny().isEmpty()) {
            reporter.warning(
                    Span.at(0),
                    "no-stonith",
                    "nothing cuts off a node that does not answer, so both may write",
                    "stonith_host");
        }
        nodes(reporter, tree);
        times(reporter, tree);
    }

    private static boolean isOn(ConfigTree tree, String name) {
        return tree.all(name)
                .anyMatch(s -> s.argument(0)
                        .filter(Set.of("on", "yes", "true", "respawn")::contains)
                        .isPresent());
    }

    private static void nodes(Reporter reporter, ConfigTree tree) {
        Map<String, Word> seen = new HashMap<>();
        tree.all("node").flatMap(s -> s.arguments().stream()).forEach(word -> {
            Word before = seen.putIfAbsent(word.value(), word);
            if (before != null) {
                reporter.error(
                        word.span(),
                        "duplicate-node",
                        word.value() + " is on line "
                                + reporter.text().line(before.span().start()) + " too",
                        "");
            }
        });
        if (seen.isEmpty() && tree.all("autojoin").findAny().isEmpty()) {
            reporter.error(Span.at(0), "no-node", "there is no node", "node and what uname -n says");
        }
    }

    private static void times(Reporter reporter, ConfigTree tree) {
        Optional<Duration> keepalive = time(tree, "keepalive");
        Optional<Duration> dead = time(tree, "deadtime");
        Optional<Duration> warn = time(tree, "warntime");
        Optional<Duration> init = time(tree, "initdead");
        if (dead.isPresent() && keepalive.isPresent() && dead.get().compareTo(keepalive.get()) <= 0) {
            at(reporter, tree, "deadtime", true, "deadtime is no longer than keepalive, so every node is dead at once");
        } else if (dead.isPresent() && warn.isPresent() && warn.get().compareTo(dead.get()) >= 0) {
            at(reporter, tree, "warntime", false, "warntime is no shorter than deadtime, so it warns of nothing");
        }
        if (dead.isPresent()
                && init.isPresent()
                && init.get().compareTo(dead.get().multipliedBy(2)) < 0) {
            at(
                    reporter,
                    tree,
                    "initdead",
                    false,
                    "initdead is less than twice deadtime, so a slow boot is taken for a death");
        }
    }

    private static void at(Reporter reporter, ConfigTree tree, String name, boolean refused, String message) {
        tree.all(name)
                .reduce((first, last) -> last)
                .ifPresent(s -> reporter.report(refused, s.span(), "times", message, ""));
    }

    private static Optional<Duration> time(ConfigTree tree, String name) {
        return tree.all(name).reduce((a, b) -> b).flatMap(s -> s.argument(0)).flatMap(HeartbeatConfig::time);
    }

    /** Plain numbers are seconds. */
    private static Optional<Duration> time(String text) {
        Matcher time = TIME.matcher(text);
        if (!time.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(time.group(1));
        return Optional.of(
                switch (time.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "us" -> Duration.ofNanos(number * 1000);
                    default -> Duration.ofSeconds(number);
                });
    }

    private static void port(Reporter reporter, Word word) {
        if (Values.decimal(word.value()).orElse(0) < 1
                || Values.decimal(word.value()).orElse(0) > HIGHEST_PORT) {
            reporter.error(word.span(), "port", "\"" + word.value() + "\" is no port", "1 to 65535");
        }
    }

    private static void failback(Reporter reporter, Word word) {
        if (word.value().equals("legacy")) {
            reporter.warning(word.span(), "failback", "legacy is for a change from Heartbeat 1", "on or off");
        } else if (!word.value().equals("on") && !word.value().equals("off")) {
            reporter.error(word.span(), "failback", "\"" + word.value() + "\" is not known", "on, off or legacy");
        }
    }

    private static Optional<Word> first(Reporter reporter, Statement statement, String expected) {
        need(reporter, statement, 1, expected);
        return statement.arguments().stream().findFirst();
    }

    private static void need(Reporter reporter, Statement statement, int count, String expected) {
        if (statement.arguments().size() < count) {
            reporter.error(
                    statement.span(),
                    "missing",
                    statement.keyword().value() + " wants " + count + " words and has "
                            + statement.arguments().size(),
                    expected);
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

    /** {@return the names of all nodes, in order} */
    public List<String> nodes() {
        List<String> names = new ArrayList<>();
        tree.all("node").forEach(s -> s.arguments().forEach(word -> names.add(word.value())));
        return List.copyOf(names);
    }

    /** {@return the file and its nodes} */
    @Override
    public String toString() {
        return "HeartbeatConfig[" + text().name() + ", " + nodes() + "]";
    }
}
