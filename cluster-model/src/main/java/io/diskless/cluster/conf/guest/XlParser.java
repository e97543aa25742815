package io.diskless.cluster.conf.guest;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.TextEdit;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Typography;
import io.diskless.cluster.conf.internal.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads xl.cfg: assignments by line or semicolon; a statement's keyword is the key, its first argument the operator, the
 * others the values: one, or those of a list. After a mistake it goes on with the next line. Confined to one call.
 */
final class XlParser {
    /** Deeper nesting than any real list: a bound for hostile input. */
    private static final int DEEPEST = 16;

    private final Reporter reporter;
    private final String text;
    private int at;
    private boolean wrong;

    XlParser(Reporter reporter) {
        this.reporter = reporter;
        this.text = reporter.text().text();
    }

    ConfigTree parse() {
        carriageReturns();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            skip(true);
            while (at < text.length() && text.charAt(at) == ';') {
                at++;
                skip(true);
            }
            if (at >= text.length()) {
                return new ConfigTree(reporter.text(), statements);
            }
            int before = at;
            wrong = false;
            assignment().ifPresent(statements::add);
            if (wrong || at == before) {
                nextLine();
            }
        }
    }

    private void carriageReturns() {
        List<TextEdit> repair = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\r') {
                repair.add(TextEdit.replace(new Span(i, i + 1), text.startsWith("\n", i + 1) ? "" : "\n"));
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

    private Optional<Statement> assignment() {
        Word key = key();
        if (wrong) {
            return Optional.empty();
        }
        skip(false);
        int start = at;
        if (text.startsWith("+=", at)) {
            at += 2;
        } else if (text.startsWith("=", at)) {
            at++;
        } else {
            error("assignment", "no value is assigned to \"" + key.value() + "\"", "= or +=");
            return Optional.empty();
        }
        List<Word> arguments = new ArrayList<>();
        arguments.add(new Word(text.substring(start, at), new Span(start, at), false));
        skip(false);
        value(arguments, 0);
        if (!wrong) {
            int end = at;
            skip(false);
            if (at < text.length() && "\n\r;".indexOf(text.charAt(at)) < 0) {
                error("end-of-line", "something after the value", "the end of the line, or ;");
            }
            return Optional.of(
                    new Statement(key, arguments, new Span(key.span().start(), end), Optional.empty(), List.of()));
        }
        return Optional.empty();
    }

    private Word key() {
        if (Typography.isTypographic(text.charAt(at))) {
            Typography.reportOne(reporter, at++);
            skip(false);
        }
        int start = at;
        while (at < text.length() && isKey(text.charAt(at), at == start)) {
            at++;
        }
        Word key = new Word(text.substring(start, at), new Span(start, at), false);
        if (at == start) {
            error("key", "no key", "letters, digits, _ and .");
        } else if (at < text.length() && text.charAt(at) == '-') {
            int end = at;
            while (end < text.length() && (isKey(text.charAt(end), false) || text.charAt(end) == '-')) {
                end++;
            }
            String written = text.substring(start, end);
            String right = written.replace('-', '_');
            Span span = new Span(start, end);
            reporter.error(span, "dash-in-key", "a key cannot have a dash", right, TextEdit.replace(span, right));
            at = end;
            key = new Word(right, span, false);
        }
        return key;
    }

    private void value(List<Word> into, int depth) {
        char c = at < text.length() ? text.charAt(at) : '\n';
        if (c == '"' || c == '\'') {
            string(into, c);
        } else if (c == '[') {
            list(into, depth);
        } else if (c >= '0' && c <= '9') {
            number(into);
        } else {
            bare();
        }
    }

    private void string(List<Word> into, char quote) {
        int start = at++;
        int end = text.indexOf(quote, at);
        int line = reporter.text().lineBody(reporter.text().line(start)).end();
        if (end < 0 || end > line) {
            reporter.error(
                    new Span(start, line), "unterminated-string", "a text ends with its line", "a closing " + quote);
            wrong = true;
        } else {
            into.add(new Word(text.substring(at, end), new Span(start, end + 1), true));
            at = end + 1;
        }
    }

    private void number(List<Word> into) {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) && text.charAt(at) < 0x80)) {
            at++;
        }
        String digits = text.substring(start, at);
        boolean hex = digits.startsWith("0x") && Values.isHex(digits.substring(2));
        if (!hex && !Values.isDigits(digits)) {
            at = start;
            error(
                    "number",
                    "\"" + digits + "\" is no number; memory is in MiB without a suffix",
                    "decimal or 0x hexadecimal");
        } else {
            into.add(new Word(digits, new Span(start, at), false));
        }
    }

    private void list(List<Word> into, int depth) {
        at++;
        boolean first = true;
        while (!wrong) {
            skip(true);
            if (at >= text.length() || depth > DEEPEST) {
                error("list", "a list does not end", "]");
                return;
            }
            if (text.charAt(at) == ']') {
                at++;
                return;
            }
            if (!first) {
                if (text.charAt(at) != ',') {
                    error("missing-comma", "two values of a list without a comma", ",");
                    return;
                }
                at++;
                skip(true);
                if (at < text.length() && text.charAt(at) == ']') {
                    at++;
                    return;
                }
            }
            value(into, depth + 1);
            first = false;
        }
    }

    /** Neither number, text nor list: a word, True, a negative number. */
    private void bare() {
        int start = at;
        int end = at;
        while (end < text.length() && "\r\n;,]#".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        String written = text.substring(start, end).stripTrailing();
        Span span = new Span(start, start + written.length());
        boolean yes = written.equals("True");
        if (yes || written.equals("False")) {
            reporter.error(
                    span,
                    "boolean",
                    "the file is not Python",
                    yes ? "1" : "0",
                    TextEdit.replace(span, yes ? "1" : "0"));
        } else if (written.startsWith("-")) {
            reporter.error(span, "negative", "a number cannot be negative", "0 or more");
        } else if (!written.isEmpty() && Typography.isTypographic(written.charAt(0))) {
            Typography.report(reporter, span);
        } else if (!written.isEmpty() && written.indexOf('"') < 0) {
            reporter.error(
                    span,
                    "unquoted-text",
                    "a text without quotes",
                    "\"" + written + "\"",
                    TextEdit.replace(span, "\"" + written + "\""));
        } else {
            reporter.error(span, "missing-value", "no value", "a number, a text or a list");
        }
        wrong = true;
    }

    private void error(String code, String message, String expected) {
        reporter.error(new Span(at, Math.min(at + 1, text.length())), code, message, expected);
        wrong = true;
    }

    private void nextLine() {
        ConfigText source = reporter.text();
        at = at >= text.length()
                ? text.length()
                : Math.max(at + 1, source.lineSpan(source.line(at)).end());
    }

    private void skip(boolean lines) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                at = reporter.text().lineBody(reporter.text().line(at)).end();
            } else if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
                at++;
            } else {
                return;
            }
        }
    }

    private static boolean isKey(char c, boolean first) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || c == '_'
                || (!first && ((c >= '0' && c <= '9') || c == '.'));
    }
}
