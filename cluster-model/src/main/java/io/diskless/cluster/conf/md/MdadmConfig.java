package io.diskless.cluster.conf.md;

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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An mdadm.conf. Immutable.
 *
 * <p>mdadm only complains and goes on; here its complaints are errors. A line that starts with a blank continues the one
 * before; keywords may be shortened to three letters, in any case.
 */
public final class MdadmConfig implements ConfigDocument {
    private static final List<String> KEYWORDS = List.of(
            "DEVICE",
            "ARRAY",
            "MAILADDR",
            "MAILFROM",
            "PROGRAM",
            "CREATE",
            "HOMEHOST",
            "HOMECLUSTER",
            "AUTO",
            "POLICY",
            "PART-POLICY",
            "SYSFS",
            "MONITORDELAY");
    private static final Set<String> IDENTITY = Set.of("uuid", "name", "super-minor", "devices", "container", "member");
    private static final Set<String> OTHER = Set.of(
            "level", "num-devices", "disks", "metadata", "spares", "spare-group", "bitmap", "auto", "raid-disks");
    private static final Pattern LEVEL =
            Pattern.compile("(?i)linear|raid(0|1|4|5|6|10)|[0-9]+|stripe|mirror|multipath|mp|faulty|container|-?[14]");
    private static final Pattern SEPARATORS = Pattern.compile("[:.-]| ");

    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;

    private MdadmConfig(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads a text.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static MdadmConfig parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "mdadm");
        ConfigTree tree = new ConfigTree(text, statements(reporter));
        tree.statements().forEach(statement -> check(reporter, statement));
        return new MdadmConfig(tree, reporter.diagnostics());
    }

    private static List<Statement> statements(Reporter reporter) {
        ConfigText text = reporter.text();
        List<Statement> statements = new ArrayList<>();
        List<Word> words = new ArrayList<>();
        for (int line = 1; line <= text.lineCount(); line++) {
            Span body = text.lineBody(line);
            boolean continues = body.length() > 0 && isBlank(text.text().charAt(body.start()));
            List<Word> found = words(reporter, body);
            if (!continues && !found.isEmpty()) {
                close(words, statements);
            }
            words.addAll(found);
        }
        close(words, statements);
        return statements;
    }

    private static void close(List<Word> words, List<Statement> into) {
        if (!words.isEmpty()) {
            Span span = words.get(0).span().to(words.get(words.size() - 1).span());
            into.add(new Statement(words.get(0), words.subList(1, words.size()), span, Optional.empty(), List.of()));
            words.clear();
        }
    }

    private static List<Word> words(Reporter reporter, Span body) {
        String text = reporter.text().text();
        List<Word> words = new ArrayList<>();
        int at = body.start();
        while (at < body.end() && text.charAt(at) != '#') {
            int start = at;
            char quote = 0;
            while (at < body.end() && (quote != 0 || !isBlank(text.charAt(at)))) {
                char c = text.charAt(at);
                if (quote == c) {
                    quote = 0;
                } else if (quote == 0 && (c == '"' || c == '\'')) {
                    quote = c;
                }
                at++;
            }
            if (at > start) {
                Span span = new Span(start, at);
                Typography.report(reporter, span);
                String value = text.substring(start, at);
                boolean quoted = value.indexOf('"') >= 0 || value.indexOf('\'') >= 0;
                words.add(new Word(quoted ? value.replaceAll("[\"']", "") : value, span, quoted));
            } else {
                at++;
            }
        }
        return words;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
    }

    /** {@return the keyword that a word stands for: three letters of it are enough} */
    private static String keyword(Word word) {
        String text = word.value().toUpperCase(Locale.ROOT);
        return KEYWORDS.stream()
                .filter(k -> text.length() >= 3 && k.startsWith(text))
                .findFirst()
                .orElse("");
    }

    private static void check(Reporter reporter, Statement statement) {
        String keyword = keyword(statement.keyword());
        if (keyword.isEmpty()) {
            reporter.error(
                    statement.keyword().span(),
                    "unknown-keyword",
                    "\"" + statement.keyword().value() + "\" is no keyword",
                    "one of " + String.join(", ", KEYWORDS));
        } else if (keyword.equals("ARRAY")) {
            array(reporter, statement);
        }
    }

    private static void array(Reporter reporter, Statement statement) {
        boolean device = false;
        boolean identity = false;
        Map<String, Word> seen = new LinkedHashMap<>();
        for (Word word : statement.arguments()) {
            int equals = word.value().indexOf('=');
            if (equals < 0) {
                if (word.value().startsWith("/")
                        || word.value().startsWith("<")
                        || word.value().indexOf('/') < 0) {
                    if (device) {
                        reporter.error(word.span(), "two-devices", "a second device on an ARRAY line", "one device");
                    }
                    device = true;
                }
                continue;
            }
            String name = word.value().substring(0, equals).toLowerCase(Locale.ROOT);
            String value = word.value().substring(equals + 1);
            identity |= IDENTITY.contains(name);
            if (!IDENTITY.contains(name) && !OTHER.contains(name)) {
                reporter.error(
                        word.span(),
                        "unknown-word",
                        "\"" + name + "\" is no word of an ARRAY line",
                        "one of " + String.join(", ", IDENTITY.stream().sorted().toList()));
            }
            if (seen.putIfAbsent(name, word) != null && IDENTITY.contains(name)) {
                reporter.error(
                        word.span(), "duplicate-word", name + " stands twice; the second is ignored", "one of them");
            }
            value(reporter, word, name, value);
        }
        if (!identity && !statement.arguments().isEmpty()) {
            reporter.error(
                    statement.keyword().span(), "no-identity", "nothing says which array this is", "uuid= or name=");
        }
    }

    private static void value(Reporter reporter, Word word, String name, String value) {
        switch (name) {
            case "uuid" -> {
                String digits = SEPARATORS.matcher(value).replaceAll("");
                if (!Values.isHex(digits) || digits.length() != 32) {
                    reporter.error(
                            word.span(),
                            "uuid",
                            "\"" + value + "\" is no UUID",
                            "32 hexadecimal digits in four groups");
                }
            }
            case "level" -> {
                if (!LEVEL.matcher(value).matches()) {
                    reporter.warning(
                            word.span(), "level", "there is no level \"" + value + "\"", "raid0, raid1, raid10, ...");
                }
            }
            case "num-devices", "spares", "disks", "raid-disks", "super-minor" -> {
                if (!Values.isDigits(value)) {
                    reporter.warning(word.span(), "number", "\"" + value + "\" is no number", "decimal digits");
                }
            }
            default -> {}
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

    /** {@return the ARRAY lines, in order} */
    public List<MdArray> arrays() {
        return tree.statements().stream()
                .filter(statement -> keyword(statement.keyword()).equals("ARRAY"))
                .map(MdadmConfig::array)
                .toList();
    }

    private static MdArray array(Statement statement) {
        String device = "";
        Map<String, String> words = new LinkedHashMap<>();
        for (Word word : statement.arguments()) {
            int equals = word.value().indexOf('=');
            if (equals >= 0) {
                words.putIfAbsent(
                        word.value().substring(0, equals).toLowerCase(Locale.ROOT),
                        word.value().substring(equals + 1));
            } else if (device.isEmpty()) {
                device = word.value();
            }
        }
        return new MdArray(device, words);
    }

    /** {@return the file and how many arrays it has} */
    @Override
    public String toString() {
        return "MdadmConfig[" + text().name() + ", " + arrays().size() + " arrays]";
    }
}
