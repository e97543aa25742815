package io.diskless.cluster.conf.dhcp;

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
 * Reads dhcpd.conf into statements: words up to a semicolon, or up to a brace that opens a section. Commas are left out,
 * operators are words. Confined to one call.
 */
final class DhcpdParser {
    /** Deeper nesting than any real file: a bound for hostile input. */
    private static final int DEEPEST = 64;

    private final Reporter reporter;
    private final String text;
    private int at;

    DhcpdParser(Reporter reporter) {
        this.reporter = reporter;
        this.text = reporter.text().text();
    }

    ConfigTree parse() {
        List<Statement> statements = new ArrayList<>();
        while (true) {
            statements(statements, 0);
            if (at >= text.length()) {
                return new ConfigTree(reporter.text(), statements);
            }
            reporter.error(new Span(at, at + 1), "unexpected-brace", "a } that closes nothing", "");
            at++;
        }
    }

    private void statements(List<Statement> into, int depth) {
        while (true) {
            skipBlanks();
            if (at >= text.length() || text.charAt(at) == '}') {
                return;
            }
            statement(depth).ifPresent(into::add);
        }
    }

    private Optional<Statement> statement(int depth) {
        int start = at;
        List<Word> words = new ArrayList<>();
        while (true) {
            skipBlanks();
            char c = at < text.length() ? text.charAt(at) : '}';
            if (c == ';') {
                at++;
                return plain(words, start);
            }
            if (c == '{') {
                return section(words, start, depth);
            }
            if (c == '}') {
                missingSemicolon(words);
                return plain(words, start);
            }
            if (c == ',') {
                at++;
            } else {
                word().ifPresent(words::add);
            }
        }
    }

    private Optional<Statement> plain(List<Word> words, int start) {
        return words.isEmpty()
                ? Optional.empty()
                : Optional.of(new Statement(
                        words.get(0),
                        words.subList(1, words.size()),
                        new Span(start, at(words)),
                        Optional.empty(),
                        List.of()));
    }

    /** The end of a plain statement: behind its semicolon if it has one. */
    private int at(List<Word> words) {
        int end = words.get(words.size() - 1).span().end();
        return at > end && text.charAt(at - 1) == ';' ? at : end;
    }

    private Optional<Statement> section(List<Word> words, int start, int depth) {
        int open = ++at;
        List<Statement> children = new ArrayList<>();
        if (depth < DEEPEST) {
            statements(children, depth + 1);
        } else {
            reporter.error(new Span(start, open), "too-deep", "more than " + DEEPEST + " sections in each other", "");
            at = text.length();
        }
        int close = at;
        if (at < text.length()) {
            at++;
        } else {
            reporter.error(
                    Span.at(text.length()),
                    "missing-brace",
                    "the file ends inside a section of line " + reporter.text().line(start),
                    "}");
        }
        if (words.isEmpty()) {
            reporter.error(new Span(start, open), "missing-name", "a section without a name", "a declaration before {");
            return Optional.empty();
        }
        return Optional.of(new Statement(
                words.get(0),
                words.subList(1, words.size()),
                new Span(start, at),
                Optional.of(new Span(open, close)),
                children));
    }

    private void missingSemicolon(List<Word> words) {
        if (words.isEmpty()) {
            return;
        }
        Word last = words.get(words.size() - 1);
        int end = last.span().end();
        boolean openQuote = last.quoted() && (last.span().length() < 2 || text.charAt(end - 1) != '"');
        if (!openQuote) {
            reporter.error(
                    Span.at(end), "missing-semicolon", "the statement does not end", ";", TextEdit.insert(end, ";"));
        }
    }

    private Optional<Word> word() {
        int start = at;
        char c = text.charAt(at);
        if (c == '"') {
            return Optional.of(quoted(start));
        }
        if (Typography.isTypographic(c)) {
            Typography.reportOne(reporter, at++);
            return Optional.empty();
        }
        at++;
        while (at < text.length() && !isEnd(text.charAt(at))) {
            at++;
        }
        return Optional.of(new Word(text.substring(start, at), new Span(start, at), false));
    }

    private Word quoted(int start) {
        at++;
        StringBuilder value = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\n') {
            if (text.charAt(at) == '\\' && at + 1 < text.length() && text.charAt(at + 1) != '\n') {
                at++;
            }
            value.append(text.charAt(at++));
        }
        if (at < text.length() && text.charAt(at) == '"') {
            at++;
        } else {
            reporter.error(
                    new Span(start, at), "unterminated-quote", "a quoted text ends with its line", "a closing \"");
        }
        return new Word(value.toString(), new Span(start, at), true);
    }

    private static boolean isEnd(char c) {
        return Character.isWhitespace(c) || "{};,\"#".indexOf(c) >= 0 || Typography.isTypographic(c);
    }

    private void skipBlanks() {
        ConfigText source = reporter.text();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                at = source.lineSpan(source.line(at)).end();
            } else if (Character.isWhitespace(c) && !Typography.isTypographic(c)) {
                at++;
            } else {
                return;
            }
        }
    }
}
