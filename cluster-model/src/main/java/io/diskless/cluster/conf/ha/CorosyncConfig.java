package io.diskless.cluster.conf.ha;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Typography;
import io.diskless.cluster.conf.internal.Values;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * A corosync.conf. Immutable.
 *
 * <p>A section opens with a name and a brace at the end of a line and closes with a brace on a line of its own; everything
 * else is {@code key: value}. Structure, node list, {@code totem} numbers and {@code quorum} are checked; keys of other
 * sections are kept and not judged.
 */
public final class CorosyncConfig implements ConfigDocument {
    /** Numbers of totem that the program reads as 32 bits without sign. */
    private static final Set<String> NUMBERS = Set.of(
            "token",
            "token_retransmit",
            "token_retransmits_before_loss_const",
            "hold",
            "join",
            "consensus",
            "merge",
            "downcheck",
            "fail_recv_const",
            "send_join",
            "netmtu",
            "max_network_delay",
            "window_size",
            "max_messages",
            "miss_count_const",
            "token_coefficient",
            "token_warning",
            "knet_compression_threshold",
            "heartbeat_failures_allowed");

    private static final long LARGEST = 0xFFFF_FFFFL;

    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;

    private CorosyncConfig(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
    }

    /** A section that is being read. */
    private record Open(Word keyword, int bodyStart, List<Statement> children) {}

    /**
     * Reads a text.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static CorosyncConfig parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "corosync");
        ConfigTree tree = new ConfigTree(text, sections(reporter));
        check(reporter, tree);
        return new CorosyncConfig(tree, reporter.diagnostics());
    }

    private static List<Statement> sections(Reporter reporter) {
        ConfigText text = reporter.text();
        List<Statement> top = new ArrayList<>();
        Deque<Open> open = new ArrayDeque<>();
        for (int number = 1; number <= text.lineCount(); number++) {
            Span line = trim(text.text(), text.lineBody(number));
            String content = text.slice(line);
            List<Statement> into = open.isEmpty() ? top : open.peek().children();
            if (content.isEmpty() || content.startsWith("#")) {
                continue;
            }
            Typography.report(reporter, line);
            int brace = content.indexOf('{');
            int colon = content.indexOf(':');
            if (brace >= 0 && (colon < 0 || brace < colon)) {
                Span name = trim(text.text(), new Span(line.start(), line.start() + brace));
                if (name.length() == 0) {
                    reporter.error(line, "missing-name", "a section without a name", "a name before {");
                }
                open.push(new Open(word(text, name), line.start() + brace + 1, new ArrayList<>()));
            } else if (content.startsWith("}")) {
                if (open.isEmpty()) {
                    reporter.error(line, "unexpected-brace", "a } that closes nothing", "");
                } else {
                    Open section = open.pop();
                    (open.isEmpty() ? top : open.peek().children()).add(close(section, line.start(), line.start() + 1));
                }
            } else if (colon > 0) {
                Span key = trim(text.text(), new Span(line.start(), line.start() + colon));
                Span value = trim(text.text(), new Span(line.start() + colon + 1, line.end()));
                into.add(new Statement(word(text, key), List.of(word(text, value)), line, Optional.empty(), List.of()));
            } else {
                reporter.error(line, "line", "neither a section nor a key", "key: value, name { or }");
            }
        }
        if (!open.isEmpty()) {
            reporter.error(
                    Span.at(text.length()),
                    "missing-brace",
                    "the file ends inside " + open.peek().keyword().value() + " of line "
                            + text.line(open.peek().keyword().span().start()),
                    "}");
        }
        while (!open.isEmpty()) {
            Open section = open.pop();
            (open.isEmpty() ? top : open.peek().children()).add(close(section, text.length(), text.length()));
        }
        return top;
    }

    private static Statement close(Open section, int bodyEnd, int end) {
        int start = section.keyword().span().start();
        return new Statement(
                section.keyword(),
                List.of(),
                new Span(start, end),
                Optional.of(new Span(section.bodyStart(), bodyEnd)),
                section.children());
    }

    private static Word word(ConfigText text, Span span) {
        return new Word(text.slice(span), span, false);
    }

    private static Span trim(String text, Span span) {
        int start = span.start();
        int end = span.end();
        while (start < end && (text.charAt(start) == ' ' || text.charAt(start) == '\t')) {
            start++;
        }
        while (end > start && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == '\t')) {
            end--;
        }
        return new Span(start, end);
    }

    private static void check(Reporter reporter, ConfigTree tree) {
        tree.all("totem").forEach(totem -> {
            for (Statement statement : totem.children()) {
                Word value = statement.arguments().isEmpty()
                        ? statement.keyword()
                        : statement.arguments().get(0);
                if (statement.is("version") && !value.value().equals("2")) {
                    reporter.error(value.span(), "version", "there is no version \"" + value.value() + "\"", "2");
                } else if (NUMBERS.contains(statement.keyword().value())
                        && number(value.value()).isEmpty()) {
                    reporter.error(value.span(), "number", "\"" + value.value() + "\" is no number", "0 to 4294967295");
                }
            }
        });
        if (tree.all("totem").findAny().isEmpty()) {
            reporter.error(Span.at(0), "missing-totem", "there is no totem section", "totem { version: 2 }");
        }
        Map<String, Word> ids = new HashMap<>();
        Map<String, Word> addresses = new HashMap<>();
        List<Statement> nodes = tree.all("nodelist").flatMap(l -> l.all("node")).toList();
        for (Statement node : nodes) {
            for (Statement key : node.children()) {
                if (key.arguments().isEmpty()) {
                    continue;
                }
                Word value = key.arguments().get(0);
                if (key.is("nodeid")) {
                    if (number(value.value()).isEmpty()) {
                        reporter.error(
                                value.span(), "number", "\"" + value.value() + "\" is no number", "1 to 4294967295");
                    }
                    twice(reporter, ids, value, true, "nodeid");
                } else if (isAddress(key)) {
                    twice(reporter, addresses, value, false, "address");
                }
            }
        }
        tree.all("quorum").forEach(quorum -> quorum(reporter, quorum, nodes.size()));
    }

    private static void quorum(Reporter reporter, Statement quorum, int nodes) {
        quorum.last("two_node").flatMap(s -> s.arguments().stream().findFirst()).ifPresent(two -> {
            if (!two.value().equals("0") && !two.value().equals("1")) {
                reporter.warning(two.span(), "two-node", "two_node is " + two.value(), "0 or 1");
            } else if (two.value().equals("1") && nodes != 2) {
                reporter.warning(two.span(), "two-node", "two_node with " + nodes + " nodes", "two nodes");
            }
        });
    }

    private static void twice(Reporter reporter, Map<String, Word> seen, Word value, boolean refused, String what) {
        Word first = seen.putIfAbsent(value.value(), value);
        if (first != null) {
            reporter.report(
                    refused,
                    value.span(),
                    "duplicate-" + what,
                    what + " " + value.value() + " is taken on line "
                            + reporter.text().line(first.span().start()),
                    "");
        }
    }

    private static boolean isAddress(Statement key) {
        String name = key.keyword().value();
        return name.startsWith("ring") && name.endsWith("_addr");
    }

    private static OptionalLong number(String text) {
        OptionalLong number = Values.decimal(text);
        return number.isPresent() && number.getAsLong() <= LARGEST ? number : OptionalLong.empty();
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /** {@return the node list, in order} */
    public List<CorosyncNode> nodes() {
        List<CorosyncNode> nodes = new ArrayList<>();
        tree.all("nodelist").flatMap(list -> list.all("node")).forEach(node -> {
            Map<String, String> addresses = new TreeMap<>();
            node.children().stream()
                    .filter(CorosyncConfig::isAddress)
                    .forEach(key ->
                            addresses.put(key.keyword().value(), key.argument(0).orElse("")));
            nodes.add(new CorosyncNode(
                    node.last("name").flatMap(n -> n.argument(0)).orElse(""),
                    node.last("nodeid")
                            .flatMap(n -> n.argument(0))
                            .map(CorosyncConfig::number)
                            .orElse(OptionalLong.empty()),
                    List.copyOf(addresses.values())));
        });
        return List.copyOf(nodes);
    }

    /** {@return the file and its nodes} */
    @Override
    public String toString() {
        return "CorosyncConfig[" + text().name() + ", " + nodes() + "]";
    }
}
