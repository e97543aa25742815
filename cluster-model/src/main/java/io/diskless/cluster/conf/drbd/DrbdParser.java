package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.TextEdit;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.drbd.DrbdLexer.Kind;
import io.diskless.cluster.conf.drbd.DrbdLexer.Token;
import io.diskless.cluster.conf.internal.Reporter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the sections of one drbd.conf text: which keyword may stand where ({@link DrbdGrammar}), what follows it, and how
 * to go on after a mistake. Values are looked at by {@link DrbdValues}, what belongs together by {@link DrbdChecks}.
 * Confined to one call.
 *
 * <p>After a mistake inside a statement the parser goes on behind its semicolon, or before the brace that ends the
 * section, so one mistake is one finding.
 */
final class DrbdParser {
    /** Deeper nesting than any real file: a bound for hostile input. */
    private static final int DEEPEST = 16;

    private final DrbdDialect dialect;
    private final Reporter reporter;
    private final DrbdValues values;
    private final List<Token> tokens;
    private int at;

    DrbdParser(Reporter reporter, DrbdDialect dialect) {
        this.dialect = dialect;
        this.reporter = reporter;
        this.values = new DrbdValues(reporter, dialect);
        this.tokens = new DrbdLexer(reporter, dialect).tokens();
    }

    ConfigTree parse() {
        List<Statement> statements = new ArrayList<>();
        while (peek().kind() != Kind.END) {
            statements(DrbdGrammar.TOP, statements, 0);
            if (peek().is('}')) {
                reporter.error(peek().span(), "unexpected-brace", "a } that closes nothing", "");
                at++;
            }
        }
        return new ConfigTree(reporter.text(), statements);
    }

    /** Statements of a section up to its closing brace, which is not taken, or the end of the file. */
    private void statements(DrbdGrammar section, List<Statement> into, int depth) {
        Map<String, Statement> seen = new HashMap<>();
        while (peek().kind() != Kind.END && !peek().is('}')) {
            int before = at;
            statement(section, depth).ifPresent(statement -> {
                into.add(statement);
                duplicate(section, statement, seen);
            });
            if (at == before) {
                at++;
            }
        }
    }

    private Optional<Statement> statement(DrbdGrammar section, int depth) {
        Token token = peek();
        Set<String> wanted = section.keywords(dialect);
        boolean quotedKeyword = token.kind() == Kind.QUOTED && dialect == DrbdDialect.V9;
        if (token.kind() != Kind.WORD && !quotedKeyword) {
            unexpected(section, wanted);
            recover();
            return Optional.empty();
        }
        String name = token.value();
        if (section.isOptions()) {
            return option(section);
        }
        if (name.startsWith("/") && foreignComment(token)) {
            return Optional.empty();
        }
        if (!wanted.contains(name) || depth > DEEPEST) {
            unknown(section, token, wanted);
            recover();
            return Optional.empty();
        }
        at++;
        Word keyword = token.word();
        if (name.equals("skip")) {
            return Optional.of(skip(keyword));
        }
        if ((name.equals("disk") && !peek().is('{')) || DrbdGrammar.isPlain(name)) {
            return Optional.of(plain(keyword));
        }
        return Optional.of(section(keyword, depth));
    }

    private Statement section(Word keyword, int depth) {
        DrbdGrammar inner = DrbdGrammar.of(keyword.value());
        List<Word> arguments = new ArrayList<>();
        if (keyword.value().equals("floating")) {
            address(arguments);
        } else {
            while (peek().isWord() || peek().is(':')) {
                if (!peek().is(':')) {
                    arguments.add(peek().word());
                }
                at++;
            }
        }
        values.sectionArguments(keyword, arguments, inner);
        List<Statement> children = new ArrayList<>();
        if (!peek().is('{')) {
            expected("{", "missing-brace");
            recover();
            return new Statement(keyword, arguments, spanFrom(keyword), Optional.empty(), children);
        }
        int open = peek().span().end();
        at++;
        statements(inner, children, depth + 1);
        int close = peek().span().start();
        if (peek().is('}')) {
            at++;
        } else {
            reporter.error(
                    Span.at(reporter.text().length()),
                    "missing-brace",
                    "the file ends inside " + keyword.value() + " of line "
                            + reporter.text().line(keyword.span().start()),
                    "}");
        }
        return new Statement(keyword, arguments, spanFrom(keyword), Optional.of(new Span(open, close)), children);
    }

    /** A section that is passed over unread: 8.x allows one word before the brace, 9 a whole section head. */
    private Statement skip(Word keyword) {
        List<Word> arguments = new ArrayList<>();
        while (peek().isWord()) {
            arguments.add(peek().word());
            at++;
        }
        boolean head = !arguments.isEmpty()
                && DrbdGrammar.TOP.keywords(dialect).contains(arguments.get(0).value());
        if (dialect != DrbdDialect.V9 && (arguments.size() > 1 || head)) {
            reporter.error(arguments.get(0).span(), "skip-argument", "skip before a section", "a word or { (before 9)");
        }
        Optional<Span> body = Optional.empty();
        if (peek().is('{')) {
            int open = peek().span().end();
            int depth = 0;
            do {
                depth += peek().is('{') ? 1 : peek().is('}') ? -1 : 0;
                at++;
            } while (depth > 0 && peek().kind() != Kind.END);
            if (depth > 0) {
                reporter.error(Span.at(reporter.text().length()), "missing-brace", "the file ends inside skip", "}");
            }
            body = Optional.of(new Span(open, Math.max(open, previous().span().start())));
        } else {
            expected("{", "missing-brace");
        }
        return new Statement(keyword, arguments, spanFrom(keyword), body, List.of());
    }

    /** A statement that ends with a semicolon. */
    private Statement plain(Word keyword) {
        List<Word> arguments = new ArrayList<>();
        switch (keyword.value()) {
            case "address", "inside", "outside" -> address(arguments);
            case "meta-disk", "flexible-meta-disk" -> metaDisk(keyword, arguments);
            case "host" -> host(arguments);
            case "device" -> device(arguments);
            default -> {
                int most = DrbdGrammar.arguments(keyword.value());
                while (peek().isWord() && arguments.size() < most) {
                    arguments.add(peek().word());
                    at++;
                }
            }
        }
        values.statement(keyword, arguments);
        semicolon();
        return new Statement(keyword, arguments, spanFrom(keyword), Optional.empty(), List.of());
    }

    private void host(List<Word> arguments) {
        take(arguments);
        boolean more = true;
        while (more && peek().isWord()) {
            String word = peek().value();
            take(arguments);
            switch (word) {
                case "address" -> address(arguments);
                case "port" -> take(arguments);
                default -> more = false;
            }
        }
    }

    private void device(List<Word> arguments) {
        boolean named = !peek().value().equals("minor");
        take(arguments);
        if (named && peek().kind() == Kind.WORD && peek().value().equals("minor")) {
            take(arguments);
            named = false;
        }
        if (!named) {
            take(arguments);
        }
    }

    private void metaDisk(Word keyword, List<Word> arguments) {
        take(arguments);
        if (peek().is('[') && keyword.value().equals("meta-disk")) {
            at++;
            take(arguments);
            if (peek().is(']')) {
                at++;
            } else {
                expected("]", "missing-bracket");
            }
        }
    }

    /** {@code [family] host:port}: the family if it is written, then one word that spans host and port. */
    private void address(List<Word> arguments) {
        if (peek().kind() == Kind.WORD && DrbdAddress.FAMILIES.contains(peek().value())) {
            take(arguments);
        }
        int start = peek().span().start();
        boolean quoted = peek().kind() == Kind.QUOTED;
        int first = at;
        if (peek().is('[')) {
            while (peek().isWord() || peek().is(':') || peek().is('[')) {
                at++;
            }
            if (peek().is(']')) {
                at++;
            }
        } else if (peek().isWord()) {
            at++;
        }
        // More than one colon outside brackets is an IPv6 address without them: taken whole, so it is named whole.
        while (peek().is(':') || (at > first && previous().is(':') && peek().isWord())) {
            at++;
        }
        if (at > first) {
            Span span = new Span(start, previous().span().end());
            String value = reporter.text().slice(span).replaceAll("\\s+", "");
            arguments.add(new Word(value, span, quoted));
        }
    }

    private Optional<Statement> option(DrbdGrammar section) {
        Word keyword = peek().word();
        at++;
        List<Word> arguments = new ArrayList<>();
        if (!values.isKnown(section, keyword)) {
            unknown(section, previous(), section.keywords(dialect));
            recover();
            return Optional.empty();
        }
        int most = values.mostArguments(section, keyword);
        while (peek().isWord() && arguments.size() < most) {
            // After a forgotten semicolon the next line's words are not this option's.
            if (!arguments.isEmpty() && lineOf(peek()) > lineOf(previous())) {
                break;
            }
            arguments.add(peek().word());
            at++;
        }
        values.option(section, keyword, arguments);
        semicolon();
        return Optional.of(new Statement(keyword, arguments, spanFrom(keyword), Optional.empty(), List.of()));
    }

    private void duplicate(DrbdGrammar section, Statement statement, Map<String, Statement> seen) {
        String key = section.uniqueKey(statement, dialect);
        if (key.isEmpty()) {
            return;
        }
        Statement first = seen.putIfAbsent(key, statement);
        if (first != null) {
            String where =
                    ", first on line " + reporter.text().line(first.span().start());
            reporter.report(
                    !section.isOptions(),
                    statement.keyword().span(),
                    section.isOptions() ? "duplicate-option" : "duplicate-section",
                    key + " stands twice" + where + (section.isOptions() ? "; the last one counts" : ""),
                    section.isOptions() ? "one of them" : "");
        }
    }

    private void semicolon() {
        if (peek().is(';')) {
            at++;
            return;
        }
        Token next = peek();
        Span end = previous().span();
        boolean ended = next.kind() == Kind.END || next.is('}') || (next.isWord() && lineOf(next) > lineOf(previous()));
        if (ended && previous().isOpen(reporter.text().text())) {
            return; // Said already: the quote has no end, so where the statement ends is not certain.
        }
        if (ended) {
            reporter.error(
                    Span.at(end.end()),
                    "missing-semicolon",
                    "the statement does not end",
                    ";",
                    TextEdit.insert(end.end(), ";"));
        } else {
            reporter.error(
                    next.span(), "missing-semicolon", "the statement does not end before " + describe(next), ";");
            recover();
        }
    }

    /** Passes over the rest of a statement or section that could not be read. */
    private void recover() {
        int depth = 0;
        while (peek().kind() != Kind.END) {
            if (peek().is('{')) {
                depth++;
            } else if (peek().is('}')) {
                if (depth == 0) {
                    return;
                }
                depth--;
                if (depth == 0) {
                    at++;
                    return;
                }
            } else if (peek().is(';') && depth == 0) {
                at++;
                return;
            }
            at++;
        }
    }

    /** A comment of another language: reported as that, and passed over. */
    private boolean foreignComment(Token token) {
        String text = reporter.text().text();
        int start = token.span().start();
        int end;
        if (text.startsWith("//", start)) {
            end = reporter.text().lineBody(reporter.text().line(start)).end();
            Span slashes = new Span(start, start + 2);
            reporter.error(slashes, "comment", "// starts no comment here", "#", TextEdit.replace(slashes, "#"));
        } else if (text.startsWith("/*", start)) {
            int close = text.indexOf("*/", start + 2);
            end = close < 0 ? text.length() : close + 2;
            Span line = reporter.text().lineBody(reporter.text().line(start));
            boolean certain = close >= 0
                    && end <= line.end()
                    && text.substring(end, line.end()).isBlank();
            TextEdit[] repair = certain
                    ? new TextEdit[] {
                        TextEdit.replace(new Span(start, start + 2), "#"), TextEdit.delete(new Span(close, end))
                    }
                    : new TextEdit[0];
            reporter.error(new Span(start, end), "comment", "/* starts no comment here", "#", repair);
        } else {
            return false;
        }
        while (peek().kind() != Kind.END && peek().span().start() < end) {
            at++;
        }
        return true;
    }

    private void unknown(DrbdGrammar section, Token token, Set<String> wanted) {
        reporter.error(
                token.span(),
                section.isOptions() ? "unknown-option" : "unknown-section",
                "\"" + token.value() + "\" is not known in " + section.title() + " (dialect " + dialect.release() + ")",
                "one of " + String.join(", ", wanted));
    }

    private void unexpected(DrbdGrammar section, Set<String> wanted) {
        reporter.error(
                peek().span(),
                "unexpected-token",
                describe(peek()) + " cannot stand in " + section.title()
                        + (peek().value().equals("/") || peek().value().equals("*") ? "; comments start with #" : ""),
                "one of " + String.join(", ", wanted));
    }

    private void expected(String what, String code) {
        reporter.error(peek().span(), code, describe(peek()) + " stands where " + what + " should", what);
    }

    private static String describe(Token token) {
        return switch (token.kind()) {
            case END -> "the end of the file";
            case QUOTED -> "a quoted text";
            default -> "\"" + token.value() + "\"";
        };
    }

    private void take(List<Word> arguments) {
        if (peek().isWord()) {
            arguments.add(peek().word());
            at++;
        }
    }

    private int lineOf(Token token) {
        return reporter.text().line(token.span().start());
    }

    private Span spanFrom(Word keyword) {
        return new Span(
                keyword.span().start(),
                Math.max(previous().span().end(), keyword.span().end()));
    }

    private Token peek() {
        return tokens.get(Math.min(at, tokens.size() - 1));
    }

    private Token previous() {
        return tokens.get(Math.max(0, Math.min(at, tokens.size()) - 1));
    }
}
