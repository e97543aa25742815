package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Typography;
import java.util.ArrayList;
import java.util.List;

/** Cuts drbd.conf into tokens; blanks and comments are dropped. Confined to one call. */
final class DrbdLexer {
    /** Longest bare word of the 8.4 and 9 parsers, of the 8.3 parser, and longest quoted text: measured. */
    private static final int LONGEST = 128;

    private static final int LONGEST_8_3 = 80;
    private static final int LONGEST_QUOTED = 255;

    enum Kind {
        /** Letters, digits, dot, dash, underscore and slash. */
        WORD,
        /** A quoted text. */
        QUOTED,
        /** One of the marks { } ; : [ ] */
        MARK,
        /** Anything else; reported when met. */
        ODD,
        /** The end of the file. */
        END
    }

    record Token(Kind kind, String value, Span span) {
        boolean is(char mark) {
            return kind == Kind.MARK && value.charAt(0) == mark;
        }

        boolean isWord() {
            return kind == Kind.WORD || kind == Kind.QUOTED;
        }

        /** A quoted text whose closing quote is missing: what follows is not certain. */
        boolean isOpen(String text) {
            char last = text.charAt(span.end() - 1);
            return kind == Kind.QUOTED && (span.length() < 2 || (last != '"' && !isQuote(last)));
        }

        Word word() {
            return new Word(value, span, kind == Kind.QUOTED);
        }
    }

    private final Reporter reporter;
    private final String text;
    private final int longest;
    private int at;

    DrbdLexer(Reporter reporter, DrbdDialect dialect) {
        ConfigText source = reporter.text();
        this.reporter = reporter;
        this.text = source.text();
        this.longest = dialect == DrbdDialect.V8_3 ? LONGEST_8_3 : LONGEST;
    }

    List<Token> tokens() {
        List<Token> tokens = new ArrayList<>();
        while (true) {
            skipBlanks();
            if (at >= text.length()) {
                tokens.add(new Token(Kind.END, "", Span.at(text.length())));
                return tokens;
            }
            tokens.add(next());
        }
    }

    private void skipBlanks() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                at++;
            } else {
                return;
            }
        }
    }

    private Token next() {
        int start = at;
        char c = text.charAt(at);
        if (isWordCharacter(c)) {
            while (at < text.length() && isWordCharacter(text.charAt(at))) {
                at++;
            }
            return checked(Kind.WORD, text.substring(start, at), start);
        }
        if (c == '"') {
            return quoted();
        }
        at++;
        if ("{};:[]".indexOf(c) >= 0) {
            return new Token(Kind.MARK, String.valueOf(c), new Span(start, at));
        }
        return odd(start, c);
    }

    /** A typographic character is reported as itself, and the text goes on as if it were not there. */
    private Token odd(int start, char first) {
        if (!Typography.isTypographic(first)) {
            return new Token(Kind.ODD, String.valueOf(first), new Span(start, at));
        }
        if (isQuote(first)) {
            return typographicQuote(start);
        }
        Typography.reportOne(reporter, start);
        skipBlanks();
        return at < text.length() ? next() : new Token(Kind.END, "", Span.at(text.length()));
    }

    /** What stands between two typographic quotes is taken for the quoted text that was meant. */
    private Token typographicQuote(int start) {
        int from = at;
        while (at < text.length() && "\n;\"".indexOf(text.charAt(at)) < 0 && !isQuote(text.charAt(at))) {
            at++;
        }
        String value = text.substring(from, at);
        boolean closed = at < text.length() && isQuote(text.charAt(at));
        Typography.reportOne(reporter, start, closed);
        if (closed) {
            Typography.reportOne(reporter, at++);
        }
        return new Token(Kind.QUOTED, value, new Span(start, at));
    }

    private static boolean isQuote(char c) {
        return Typography.isTypographic(c) && Typography.plain(c).equals("\"");
    }

    private Token quoted() {
        int start = at++;
        StringBuilder value = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\n') {
            if (text.charAt(at) == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '"') {
                at++;
            }
            value.append(text.charAt(at++));
        }
        if (at < text.length() && text.charAt(at) == '"') {
            at++;
        } else {
            Span span = new Span(start, at);
            reporter.error(span, "unterminated-quote", "a quoted text ends with its line", "a closing \"");
        }
        return checked(Kind.QUOTED, value.toString(), start);
    }

    private Token checked(Kind kind, String value, int start) {
        Span span = new Span(start, at);
        int most = kind == Kind.QUOTED ? LONGEST_QUOTED : longest;
        if (value.length() > most) {
            reporter.error(span, "token-too-long", "a word of " + value.length() + " characters", "at most " + most);
        }
        return new Token(kind, value, span);
    }

    private static boolean isWordCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '-'
                || c == '_'
                || c == '/';
    }
}
