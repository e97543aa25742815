package io.diskless.cluster.conf.dhcp;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Typography;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A dnsmasq configuration file. Immutable.
 *
 * <p>The names of all options, the {@code dhcp-host} lines and the names of DHCP options are checked; the values of other
 * options are kept and not judged. Every line is a statement whose arguments are the fields between commas.
 */
public final class DnsmasqConfig implements ConfigDocument {
    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;
    private final List<DhcpHost> hosts;

    private DnsmasqConfig(ConfigTree tree, List<Diagnostic> diagnostics, List<DhcpHost> hosts) {
        this.tree = tree;
        this.diagnostics = diagnostics;
        this.hosts = List.copyOf(hosts);
    }

    /**
     * Reads a text; files that it names are not read.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static DnsmasqConfig parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "dnsmasq");
        List<Statement> statements = new ArrayList<>();
        for (int line = 1; line <= text.lineCount(); line++) {
            line(reporter, text.lineBody(line)).ifPresent(statements::add);
        }
        ConfigTree tree = new ConfigTree(text, statements);
        List<DhcpHost> hosts = new ArrayList<>();
        DnsmasqHostLine hostLine = new DnsmasqHostLine(reporter);
        for (Statement statement : statements) {
            check(reporter, statement);
            if (statement.is("dhcp-host")) {
                hosts.add(hostLine.read(statement.arguments()));
            }
        }
        return new DnsmasqConfig(tree, reporter.diagnostics(), hosts);
    }

    private static Optional<Statement> line(Reporter reporter, Span body) {
        String text = reporter.text().text();
        int end = commentStart(text, body);
        int start = body.start();
        while (start < end && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        if (start == end) {
            return Optional.empty();
        }
        Span span = new Span(start, end);
        Typography.report(reporter, span);
        int equals = text.indexOf('=', start);
        int keyEnd = equals < 0 || equals > end ? end : equals;
        List<Word> arguments = new ArrayList<>();
        if (keyEnd < end) {
            fields(text, new Span(keyEnd + 1, end), arguments);
        }
        Word key = word(text, start, keyEnd);
        return Optional.of(new Statement(key, arguments, span, Optional.empty(), List.of()));
    }

    /** A # starts a comment at the start of a line or after a blank, and never within quotes. */
    private static int commentStart(String text, Span body) {
        boolean quoted = false;
        for (int i = body.start(); i < body.end(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '#' && !quoted && (i == body.start() || Character.isWhitespace(text.charAt(i - 1)))) {
                return i;
            }
        }
        return body.end();
    }

    private static void fields(String text, Span span, List<Word> into) {
        int start = span.start();
        boolean quoted = false;
        for (int i = span.start(); i <= span.end(); i++) {
            if (i == span.end() || (text.charAt(i) == ',' && !quoted)) {
                into.add(word(text, start, i));
                start = i + 1;
            } else if (text.charAt(i) == '"') {
                quoted = !quoted;
            }
        }
    }

    private static Word word(String text, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        String value = text.substring(start, end);
        boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return new Word(quoted ? value.substring(1, value.length() - 1) : value, new Span(start, end), quoted);
    }

    private static void check(Reporter reporter, Statement statement) {
        String name = statement.keyword().value();
        if (!DnsmasqNames.OPTIONS.contains(name)) {
            reporter.error(
                    statement.keyword().span(), "unknown-option", "\"" + name + "\" is no option of dnsmasq", "");
        }
        if (name.equals("dhcp-option") || name.equals("dhcp-option-force") || name.equals("dhcp-match")) {
            for (Word argument : statement.arguments()) {
                String value = argument.value();
                String option = value.startsWith("option:") ? value.substring("option:".length()) : "";
                if (!option.isEmpty() && !isDhcpOption(option)) {
                    reporter.error(
                            argument.span(),
                            "unknown-dhcp-option",
                            "there is no DHCP option \"" + option + "\"",
                            "a name that dnsmasq --help dhcp lists, or a number");
                }
            }
        }
    }

    private static boolean isDhcpOption(String option) {
        return DnsmasqNames.DHCP_OPTIONS.contains(option.toLowerCase(java.util.Locale.ROOT))
                || option.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /** {@return what the {@code dhcp-host} lines say, in order} */
    public List<DhcpHost> hosts() {
        return hosts;
    }

    /** {@return the file and how many hosts it has} */
    @Override
    public String toString() {
        return "DnsmasqConfig[" + text().name() + ", " + hosts.size() + " hosts]";
    }
}
