package io.diskless.cluster.conf.internal;

import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads XML without losing a character: an element is a section whose first children are its attributes, as statements
 * named {@code @name}, followed by its text, as statements named {@code #text}, and its elements. Well-formedness is
 * checked; a document type is not read, so no entity but the five of XML is known. Confined to one call.
 */
public final class XmlScanner {
    /** Keyword of a statement that is text. */
    public static final String TEXT = "#text";

    /** First character of the keyword of a statement that is an attribute. */
    public static final String ATTRIBUTE = "@";

    /** Deeper nesting than any real file: a bound for hostile input. */
    private static final int DEEPEST = 200;

    /** An element whose end was not met yet. */
    private record Open(Word name, int bodyStart, int start, List<Statement> children) {}

    private final Reporter reporter;
    private final String text;
    private final List<Statement> roots = new ArrayList<>();
    private final Deque<Open> open = new ArrayDeque<>();
    private int at;

    private XmlScanner(Reporter reporter) {
        this.reporter = reporter;
        this.text = reporter.text().text();
    }

    /**
     * Reads the text of a reporter.
     *
     * @param reporter names the text and takes what is wrong
     * @return its tree; one root where the text is well-formed
     */
    public static ConfigTree scan(Reporter reporter) {
        return new XmlScanner(reporter).scan();
    }

    private ConfigTree scan() {
        if (text.startsWith("\uFEFF")) {
            at = 1;
        }
        while (at < text.length()) {
            if (text.charAt(at) != '<') {
                text();
            } else if (text.startsWith("<!--", at)) {
                pass("-->", "comment");
            } else if (text.startsWith("<![CDATA[", at)) {
                cdata();
            } else if (text.startsWith("<?", at)) {
                pass("?>", "processing instruction");
            } else if (text.startsWith("<!", at)) {
                reporter.warning(new Span(at, at + 2), "doctype", "a document type is not read", "none");
                pass(">", "declaration");
            } else if (text.startsWith("</", at)) {
                close();
            } else {
                element();
            }
        }
        while (!open.isEmpty()) {
            Open element = open.pop();
            reporter.error(
                    element.name().span(),
                    "unclosed",
                    element.name().value() + " has no end",
                    "</" + element.name().value() + ">");
            add(finish(element, text.length(), text.length()));
        }
        if (roots.size() != 1) {
            reporter.error(Span.at(0), "root", roots.size() + " outermost elements", "one");
        }
        return new ConfigTree(reporter.text(), roots);
    }

    private void pass(String end, String what) {
        int found = text.indexOf(end, at);
        if (found < 0) {
            reporter.error(new Span(at, text.length()), "unclosed", "a " + what + " has no end", end);
        }
        at = found < 0 ? text.length() : found + end.length();
    }

    private void cdata() {
        int start = at;
        pass("]]>", "CDATA section");
        String inside = text.substring(start, at).replace("<![CDATA[", "").replace("]]>", "");
        addText(inside, new Span(start, at));
    }

    private void text() {
        int start = at;
        int end = text.indexOf('<', at);
        at = end < 0 ? text.length() : end;
        Span span = new Span(start, at);
        if (!reporter.text().slice(span).isBlank()) {
            addText(plain(span), span);
        }
    }

    private void addText(String value, Span span) {
        if (open.isEmpty()) {
            reporter.error(span, "text", "text outside the outermost element", "");
        } else {
            Word keyword = new Word(TEXT, Span.at(span.start()), false);
            add(new Statement(keyword, List.of(new Word(value, span, false)), span, Optional.empty(), List.of()));
        }
    }

    private void element() {
        int start = at++;
        Word name = name();
        if (name.value().isEmpty() || open.size() > DEEPEST) {
            reporter.error(new Span(start, at), "markup", "no element starts here", "&lt; for a plain <");
            return;
        }
        List<Statement> children = new ArrayList<>();
        int bodyStart = at;
        Set<String> seen = new HashSet<>();
        while (true) {
            blanks();
            if (at >= text.length()) {
                reporter.error(new Span(start, at), "unclosed", "the tag of " + name.value() + " has no end", ">");
                add(finish(new Open(name, bodyStart, start, children), at, at));
                return;
            }
            char c = text.charAt(at);
            if (c == '>') {
                at++;
                open.push(new Open(name, bodyStart, start, children));
                return;
            }
            if (text.startsWith("/>", at)) {
                at += 2;
                add(finish(new Open(name, bodyStart, start, children), at - 2, at));
                return;
            }
            if (c == '<') {
                reporter.error(new Span(start, at), "unclosed", "the tag of " + name.value() + " has no end", ">");
                open.push(new Open(name, bodyStart, start, children));
                return;
            }
            attribute(children, seen);
        }
    }

    private void attribute(List<Statement> into, Set<String> seen) {
        int start = at;
        Word name = name();
        blanks();
        if (name.value().isEmpty() || at >= text.length() || text.charAt(at) != '=') {
            at = Math.max(at, start + 1);
            reporter.error(new Span(start, Math.min(at, text.length())), "attribute", "no attribute", "name=\"value\"");
            return;
        }
        at++;
        blanks();
        char quote = at < text.length() ? text.charAt(at) : ' ';
        int end = quote == '"' || quote == '\'' ? text.indexOf(quote, at + 1) : -1;
        if (end < 0) {
            reporter.error(
                    new Span(start, at), "attribute", "the value of " + name.value() + " is not quoted", "\"value\"");
            return;
        }
        Span value = new Span(at, end + 1);
        at = end + 1;
        if (!seen.add(name.value())) {
            reporter.error(name.span(), "duplicate-attribute", name.value() + " stands twice", "one of them");
        }
        String plain = plain(new Span(value.start() + 1, end));
        if (plain.length() != value.length() - 2
                && text.substring(value.start(), end).indexOf('<') >= 0) {
            reporter.error(value, "attribute", "a < within a value", "&lt;");
        }
        Word keyword = new Word(ATTRIBUTE + name.value(), name.span(), false);
        into.add(new Statement(
                keyword, List.of(new Word(plain, value, true)), new Span(start, at), Optional.empty(), List.of()));
    }

    private void close() {
        int start = at;
        at += 2;
        Word name = name();
        blanks();
        if (at < text.length() && text.charAt(at) == '>') {
            at++;
        } else {
            reporter.error(new Span(start, at), "unclosed", "the end tag has no end", ">");
        }
        boolean known = open.stream().anyMatch(o -> o.name().value().equals(name.value()));
        if (!known) {
            reporter.error(name.span(), "end-tag", name.value() + " was not opened", "");
            return;
        }
        while (!open.isEmpty()) {
            Open element = open.pop();
            boolean match = element.name().value().equals(name.value());
            if (!match) {
                reporter.error(
                        new Span(start, at),
                        "end-tag",
                        element.name().value() + " ends with </" + name.value() + ">",
                        "</" + element.name().value() + ">");
            }
            add(finish(element, start, match ? at : start));
            if (match) {
                return;
            }
        }
    }

    private static Statement finish(Open element, int bodyEnd, int end) {
        return new Statement(
                element.name(),
                List.of(),
                new Span(element.start(), end),
                Optional.of(new Span(element.bodyStart(), bodyEnd)),
                element.children());
    }

    private void add(Statement statement) {
        (open.isEmpty() ? roots : open.peek().children()).add(statement);
    }

    private Word name() {
        int start = at;
        while (at < text.length() && "<>/='\"&".indexOf(text.charAt(at)) < 0 && !isBlank(text.charAt(at))) {
            at++;
        }
        return new Word(text.substring(start, at), new Span(start, at), false);
    }

    private void blanks() {
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    private String plain(Span span) {
        String raw = reporter.text().slice(span);
        if (raw.indexOf('&') < 0) {
            return raw;
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int amp = raw.indexOf('&'); amp >= 0; amp = raw.indexOf('&', from)) {
            out.append(raw, from, amp);
            int end = raw.indexOf(';', amp);
            String name = end < 0 ? "" : raw.substring(amp + 1, end);
            String value = entity(name);
            if (value.isEmpty()) {
                int offset = span.start() + amp;
                reporter.error(
                        new Span(offset, offset + 1),
                        "entity",
                        "\"&" + name + "\" is no entity",
                        "&amp; for a plain &");
                out.append('&');
                from = amp + 1;
            } else {
                out.append(value);
                from = end + 1;
            }
        }
        return out.append(raw, from, raw.length()).toString();
    }

    private static String entity(String name) {
        return switch (name) {
            case "lt" -> "<";
            case "gt" -> ">";
            case "amp" -> "&";
            case "quot" -> "\"";
            case "apos" -> "'";
            default -> numeric(name);
        };
    }

    private static String numeric(String name) {
        boolean hex = name.startsWith("#x");
        String digits = name.startsWith("#") ? name.substring(hex ? 2 : 1) : "";
        boolean good = digits.length() <= 7 && (hex ? Values.isHex(digits) : Values.isDigits(digits));
        int point = good ? Integer.parseInt(digits, hex ? 16 : 10) : -1;
        return point > 0 && Character.isValidCodePoint(point) ? Character.toString(point) : "";
    }

    /** {@return the value of an element's attribute, with its place} */
    public static Optional<Word> attribute(Statement element, String name) {
        return element.last(ATTRIBUTE + name).map(a -> a.arguments().get(0));
    }

    /** {@return the text of an element without blanks around it, with its place} */
    public static Optional<Word> content(Statement element) {
        return element.last(TEXT)
                .map(t -> t.arguments().get(0))
                .map(w -> new Word(w.value().strip(), w.span(), false));
    }
}
