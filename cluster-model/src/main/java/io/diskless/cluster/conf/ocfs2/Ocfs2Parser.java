package io.diskless.cluster.conf.ocfs2;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.TextEdit;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Typography;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the lines of a cluster.conf into stanzas, each a section whose children are its parameters. A line that the tool
 * would stumble over is reported and, where it is certain what was meant, read as that. Confined to one call.
 */
final class Ocfs2Parser {
    private final Reporter reporter;
    private final ConfigText text;
    private final List<Statement> stanzas = new ArrayList<>();

    private Optional<Word> name = Optional.empty();
    private int headerEnd;
    private final List<Statement> parameters = new ArrayList<>();
    /** Whether a blank line has ended the stanza that is still being collected. */
    private boolean ended = true;

    private int blankLine;

    Ocfs2Parser(Reporter reporter) {
        this.reporter = reporter;
        this.text = reporter.text();
    }

    ConfigTree parse() {
        int end = seenEnd();
        carriageReturns(end);
        for (int line = 1; line <= text.lineCount() && text.lineSpan(line).start() < end; line++) {
            Span body = text.lineBody(line);
            line(line, new Span(body.start(), Math.min(body.end(), end)));
        }
        close();
        return new ConfigTree(text, stanzas);
    }

    /** The tool reads no further than a NUL byte. */
    private int seenEnd() {
        int nul = text.text().indexOf('\0');
        if (nul >= 0) {
            reporter.warning(
                    new Span(nul, nul + 1), "nul", "the tool reads no further than this NUL byte", "no NUL byte");
        }
        return nul < 0 ? text.length() : nul;
    }

    private void carriageReturns(int end) {
        List<TextEdit> repair = new ArrayList<>();
        String all = text.text();
        for (int i = 0; i < end; i++) {
            if (all.charAt(i) == '\r') {
                Span span = new Span(i, i + 1);
                boolean pair = i + 1 < all.length() && all.charAt(i + 1) == '\n';
                repair.add(pair ? TextEdit.delete(span) : TextEdit.replace(span, "\n"));
            }
        }
        if (!repair.isEmpty()) {
            reporter.error(
                    repair.get(0).span(),
                    "carriage-return",
                    repair.size() + " carriage returns",
                    "lines that end with LF",
                    repair.toArray(TextEdit[]::new));
        }
    }

    private void line(int number, Span span) {
        String line = text.slice(span);
        boolean odd = line.codePoints().anyMatch(c -> c < 0x10000 && Typography.isTypographic((char) c));
        if (odd && !line.startsWith("#")) {
            Typography.report(reporter, span);
            line = line.replace('\u00A0', ' ').replace("\uFEFF", "");
        }
        String content = line.strip();
        if (line.isBlank()) {
            if (!ended) {
                ended = true;
                blankLine = number;
            }
        } else if (line.startsWith("#")) {
            return;
        } else if (content.startsWith("#")) {
            Span indent = new Span(span.start(), span.start() + text.slice(span).indexOf('#'));
            reporter.error(
                    indent,
                    "indented-comment",
                    "a comment that does not start its line",
                    "# in column 1",
                    TextEdit.delete(indent));
        } else if (content.endsWith(":") && content.indexOf('=') < 0) {
            header(span, line, content);
        } else {
            parameter(number, span, line);
        }
    }

    private void header(Span span, String line, String content) {
        close();
        String bare = content.substring(0, content.length() - 1).stripTrailing();
        String raw = text.slice(span);
        int colon = raw.lastIndexOf(':') + span.start();
        // A typographic character inside the name is gone from what is read, but not from the line.
        int at = raw.indexOf(bare);
        Span word =
                at < 0 ? new Span(span.start(), colon) : new Span(span.start() + at, span.start() + at + bare.length());
        if (Character.isWhitespace(line.charAt(0))) {
            Span indent = new Span(span.start(), word.start());
            reporter.error(
                    indent,
                    "indented-stanza",
                    "a stanza name that does not start its line",
                    bare + ":",
                    TextEdit.delete(indent));
        }
        if (word.end() < colon) {
            Span gap = new Span(word.end(), colon);
            reporter.error(gap, "blank-before-colon", "a blank before the colon", bare + ":", TextEdit.delete(gap));
        }
        if (!isKey(bare)) {
            reporter.error(word, "stanza-name", "\"" + bare + "\" is no stanza name", "letters, digits and _");
        }
        name = Optional.of(new Word(bare, word, false));
        headerEnd = span.end();
        ended = false;
    }

    private void parameter(int number, Span span, String line) {
        if (name.isEmpty()) {
            reporter.error(
                    span, "outside-stanza", "a parameter before the first stanza", "cluster:, node: or heartbeat:");
            return;
        }
        int indent = 0;
        while (indent < line.length() && (line.charAt(indent) == ' ' || line.charAt(indent) == '\t')) {
            indent++;
        }
        int start = span.start() + indent;
        if (ended) {
            List<TextEdit> repair = new ArrayList<>();
            for (int blank = blankLine; blank < number; blank++) {
                if (text.slice(text.lineBody(blank)).isBlank()) {
                    repair.add(TextEdit.delete(text.lineSpan(blank)));
                }
            }
            reporter.error(
                    new Span(start, span.end()),
                    "blank-inside-stanza",
                    "a blank line has ended the stanza before this",
                    "no blank line within a stanza",
                    repair.toArray(TextEdit[]::new));
            ended = false;
        }
        if (indent == 0) {
            reporter.error(
                    Span.at(start),
                    "no-indentation",
                    "the parameter is not indented",
                    "a tab before it",
                    TextEdit.insert(start, "\t"));
        }
        String content = text.slice(new Span(start, span.end()));
        int equals = content.indexOf('=');
        if (equals < 0) {
            missingEquals(start, content);
            return;
        }
        String key = content.substring(0, equals).stripTrailing();
        Span keySpan = new Span(start, start + key.length());
        if (!isKey(key)) {
            reporter.error(keySpan, "key", "\"" + key + "\" is no key", "letters, digits and _");
        }
        add(new Word(key, keySpan, false), start + equals + 1, span.end());
    }

    private void missingEquals(int start, String content) {
        String[] words = content.strip().split("[ \t]+", -1);
        Span span = new Span(start, start + content.stripTrailing().length());
        if (words.length == 2 && isKey(words[0])) {
            int gapEnd = start + content.indexOf(words[1], words[0].length());
            Span gap = new Span(start + words[0].length(), gapEnd);
            reporter.error(gap, "missing-equals", "no = between key and value", "=", TextEdit.replace(gap, " = "));
            add(new Word(words[0], new Span(start, gap.start()), false), gapEnd, span.end());
        } else {
            reporter.error(span, "missing-equals", "the line is no parameter", "key = value");
        }
    }

    private void add(Word key, int from, int to) {
        String all = text.text();
        int start = from;
        int end = to;
        while (start < end && Character.isWhitespace(all.charAt(start))) {
            start++;
        }
        while (end > start && Character.isWhitespace(all.charAt(end - 1))) {
            end--;
        }
        Word value = new Word(all.substring(start, end), new Span(start, end), false);
        parameters.add(new Statement(
                key,
                List.of(value),
                new Span(key.span().start(), Math.max(end, key.span().end())),
                Optional.empty(),
                List.of()));
    }

    private void close() {
        name.ifPresent(word -> {
            int end = parameters.isEmpty()
                    ? headerEnd
                    : parameters.get(parameters.size() - 1).span().end();
            stanzas.add(new Statement(
                    word,
                    List.of(),
                    new Span(word.span().start(), end),
                    Optional.of(new Span(headerEnd, end)),
                    parameters));
        });
        name = Optional.empty();
        parameters.clear();
        ended = true;
    }

    private static boolean isKey(String key) {
        return !key.isEmpty()
                && key.chars()
                        .allMatch(c ->
                                (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
    }
}
