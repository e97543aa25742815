package io.diskless.cluster.conf.vblade;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.TextEdit;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Typography;
import io.diskless.cluster.conf.internal.Values;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A file of {@code /etc/vblade.conf.d}: assignments, one to a line, of {@code shelf}, {@code slot}, {@code netif} and {@code
 * filename}, and perhaps {@code options} and {@code ionice}. Immutable.
 *
 * <p>A shell reads it, and systemd too: what only one of them understands is refused. A file that lacks one of the four, or is
 * no shell, is skipped by both without a word; here that is an error.
 */
public final class VbladeConfig implements ConfigDocument {
    private static final List<String> NEEDED = List.of("shelf", "slot", "netif", "filename");
    private static final List<String> KNOWN = List.of("shelf", "slot", "netif", "filename", "options", "ionice");
    /** IFNAMSIZ of the kernel is 16, the end included. */
    private static final int LONGEST_INTERFACE = 15;

    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;

    private VbladeConfig(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads a text.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static VbladeConfig parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "vblade");
        List<Statement> statements = new ArrayList<>();
        for (int line = 1; line <= text.lineCount(); line++) {
            statement(reporter, text.lineBody(line)).ifPresent(statements::add);
        }
        ConfigTree tree = new ConfigTree(text, statements);
        check(reporter, tree);
        return new VbladeConfig(tree, reporter.diagnostics());
    }

    /**
     * Writes an export so that a shell and systemd read the same.
     *
     * @param export what to write
     * @return the file
     * @throws IllegalArgumentException if a value holds a single quote or a line feed, which cannot be written so
     */
    public static String render(VbladeExport export) {
        StringBuilder out = new StringBuilder();
        out.append("shelf=").append(export.address().shelf()).append('\n');
        out.append("slot=").append(export.address().slot()).append('\n');
        out.append("netif=").append(quoted(export.netif())).append('\n');
        out.append("filename=").append(quoted(export.filename())).append('\n');
        if (!export.options().isEmpty()) {
            out.append("options=").append(quoted(export.options())).append('\n');
        }
        return out.toString();
    }

    private static String quoted(String value) {
        if (value.indexOf('\'') >= 0 || value.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a value cannot hold a single quote or a line feed, got " + value);
        }
        return '\'' + value + '\'';
    }

    private static Optional<Statement> statement(Reporter reporter, Span body) {
        String text = reporter.text().text();
        int start = body.start();
        while (start < body.end() && isBlank(text.charAt(start))) {
            start++;
        }
        if (start == body.end() || text.charAt(start) == '#') {
            return Optional.empty();
        }
        Span span = new Span(start, body.end());
        // vblade's options begin with one hyphen. What a dash in the name of a device was, nobody can tell.
        boolean options = text.startsWith("options", start);
        if (Typography.report(reporter, span, "-", options) > 0) {
            // Each has its repair; what the repaired line means is seen when it is read again.
            return Optional.empty();
        }
        int equals = text.indexOf('=', start);
        if (equals < 0 || equals >= body.end()) {
            reporter.error(span, "no-assignment", "the line assigns nothing", "name=value");
            return Optional.empty();
        }
        Span name = new Span(start, equals);
        String key = text.substring(start, equals);
        if (!key.matches("[A-Za-z_][A-Za-z0-9_]*")) {
            int value = equals + 1;
            while (value < body.end() && isBlank(text.charAt(value))) {
                value++;
            }
            boolean blanks = key.strip().matches("[A-Za-z_][A-Za-z0-9_]*");
            TextEdit[] repair = blanks
                    ? new TextEdit[] {TextEdit.replace(new Span(start, value), key.strip() + "=")}
                    : new TextEdit[0];
            reporter.error(
                    name, "name", "\"" + key + "\" is no name of a variable", "a name, and = right after it", repair);
            return Optional.empty();
        }
        return value(reporter, new Span(equals + 1, body.end()))
                .map(value ->
                        new Statement(new Word(key, name, false), List.of(value), span, Optional.empty(), List.of()));
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
    }

    /** One word, quoted as a whole or not at all, and at most a comment after it. */
    private static Optional<Word> value(Reporter reporter, Span rest) {
        String text = reporter.text().text();
        int at = rest.start();
        StringBuilder value = new StringBuilder();
        boolean quoted = at < rest.end() && (text.charAt(at) == '\'' || text.charAt(at) == '"');
        char end = quoted ? text.charAt(at) : ' ';
        if (quoted) {
            at++;
        }
        while (at < rest.end() && text.charAt(at) != end && (quoted || !isBlank(text.charAt(at)))) {
            char c = text.charAt(at);
            if (end != '\'' && (c == '$' || c == '`' || c == '\\' || (!quoted && "'\"&|;<>()*?".indexOf(c) >= 0))) {
                reporter.error(
                        new Span(at, at + 1),
                        "shell",
                        "a shell reads '" + c + "' as more than itself, and systemd does not",
                        "a value in single quotes");
                return Optional.empty();
            }
            value.append(c);
            at++;
        }
        if (quoted && at == rest.end()) {
            reporter.error(rest, "quote", "the quote does not end on its line", String.valueOf(end));
            return Optional.empty();
        }
        Span span = new Span(rest.start(), quoted ? at + 1 : at);
        String after = text.substring(span.end(), rest.end());
        if (!after.isBlank() && !after.strip().startsWith("#")) {
            reporter.error(
                    new Span(span.end(), rest.end()),
                    "more-words",
                    "the shell takes what stands after the value for a command",
                    "one value, in single quotes if it holds blanks");
            return Optional.empty();
        }
        return Optional.of(new Word(value.toString(), span, quoted));
    }

    private static void check(Reporter reporter, ConfigTree tree) {
        Map<String, Word> values = new LinkedHashMap<>();
        for (Statement statement : tree.statements()) {
            String name = statement.keyword().value();
            if (!KNOWN.contains(name)) {
                reporter.warning(
                        statement.keyword().span(),
                        "unknown-name",
                        "nobody reads \"" + name + "\"",
                        "one of " + String.join(", ", KNOWN));
            } else if (values.put(name, statement.arguments().get(0)) != null) {
                reporter.warning(
                        statement.keyword().span(),
                        "duplicate",
                        name + " stands twice; the last counts",
                        "one of them");
            }
        }
        // What a line was meant to assign that could not be read is not missing.
        for (String name : reporter.hasErrors() ? List.<String>of() : NEEDED) {
            Word word = values.get(name);
            if (word == null || word.value().isEmpty()) {
                reporter.error(
                        word == null ? new Span(0, 0) : word.span(),
                        "missing",
                        "without " + name + " the file is skipped, and nobody says so",
                        name + "=...");
            }
        }
        number(reporter, values.get("shelf"), "a shelf", AoeAddress.ALL_SHELVES - 1);
        number(reporter, values.get("slot"), "a slot", AoeAddress.ALL_SLOTS - 1);
        Word netif = values.get("netif");
        if (netif != null
                && (netif.value().length() > LONGEST_INTERFACE || netif.value().matches(".*[\\s/].*"))) {
            reporter.error(
                    netif.span(),
                    "interface",
                    "\"" + netif.value() + "\" is no name of an interface",
                    "1 to " + LONGEST_INTERFACE + " characters without blanks and slashes");
        }
        Word options = values.get("options");
        if (options != null) {
            options(reporter, options);
        }
    }

    private static void number(Reporter reporter, @org.jspecify.annotations.Nullable Word word, String what, int most) {
        if (word != null && !word.value().isEmpty()) {
            long number = Values.decimal(word.value()).orElse(-1);
            if (number < 0 || number > most) {
                reporter.error(word.span(), "address", "\"" + word.value() + "\" is not " + what, "0 to " + most);
            }
        }
    }

    /** {@code -b -o -l} take a number and {@code -m} addresses; {@code -d -s -r} nothing. */
    private static void options(Reporter reporter, Word options) {
        String[] words = options.value().strip().split("\\s+", -1);
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            if (word.isEmpty() || List.of("-d", "-s", "-r").contains(word)) {
                continue;
            }
            boolean numbered = List.of("-b", "-o", "-l").contains(word);
            if (!numbered && !word.equals("-m")) {
                reporter.error(
                        options.span(), "option", "vblade has no option \"" + word + "\"", "-b -o -l -d -s -r -m");
                return;
            }
            String argument = i + 1 < words.length ? words[++i] : "";
            if (numbered ? !Values.isDigits(argument) : !areMacs(argument)) {
                reporter.error(
                        options.span(),
                        "option",
                        word + " is followed by \"" + argument + "\"",
                        numbered ? "a number" : "Ethernet addresses with commas between them");
                return;
            }
        }
    }

    private static boolean areMacs(String list) {
        try {
            for (String mac : list.split(",", -1)) {
                MacAddress.parse(mac);
            }
            return true;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /** {@return what is exported; empty if the file has errors} */
    public Optional<VbladeExport> export() {
        if (!isAccepted()) {
            return Optional.empty();
        }
        int shelf = Integer.parseInt(value("shelf"));
        int slot = Integer.parseInt(value("slot"));
        return Optional.of(
                new VbladeExport(new AoeAddress(shelf, slot), value("netif"), value("filename"), value("options")));
    }

    private String value(String name) {
        return tree.all(name)
                .reduce((a, b) -> b)
                .flatMap(statement -> statement.argument(0))
                .orElse("");
    }

    /** {@return the file and what it exports} */
    @Override
    public String toString() {
        return "VbladeConfig[" + text().name() + ", "
                + export().map(e -> e.address().toString()).orElse("nothing") + "]";
    }
}
