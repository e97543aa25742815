package io.diskless.cluster.conf.internal;

import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.TextEdit;
import java.util.Locale;
import java.util.Map;

/** Characters that word processors and web pages put in place of what a configuration file needs. Immutable. */
public final class Typography {
    private static final Map<Character, String> PLAIN = Map.ofEntries(
            Map.entry('\u201C', "\""), // left and right double quotation mark
            Map.entry('\u201D', "\""),
            Map.entry('\u201E', "\""), // double low-9
            Map.entry('\u00AB', "\""), // angle quotation marks
            Map.entry('\u00BB', "\""),
            Map.entry('\u2018', "'"), // single quotation marks
            Map.entry('\u2019', "'"),
            Map.entry('\u2013', "--"), // en dash: what blogs make of two hyphens
            Map.entry('\u2014', "--"), // em dash
            Map.entry('\u2012', "-"), // figure dash, hyphens
            Map.entry('\u2010', "-"),
            Map.entry('\u2011', "-"),
            Map.entry('\u2212', "-"), // minus sign
            Map.entry('\u2026', "..."),
            Map.entry('\u00A0', " "), // no-break spaces
            Map.entry('\u202F', " "),
            Map.entry('\u2007', " "),
            Map.entry('\u2009', " "), // thin space
            Map.entry('\u200B', ""), // zero width
            Map.entry('\u2060', ""),
            Map.entry('\uFEFF', ""));

    private Typography() {}

    /** {@return whether this character stands for a plain one} */
    public static boolean isTypographic(char c) {
        return PLAIN.containsKey(c);
    }

    /** {@return the plain form of a typographic character; any other character as it is} */
    public static String plain(char c) {
        String plain = PLAIN.get(c);
        return plain == null ? String.valueOf(c) : plain;
    }

    /** {@return a text with every typographic character made plain} */
    public static String plain(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            out.append(plain(text.charAt(i)));
        }
        return out.toString();
    }

    /** {@return the name of a character that a reader cannot see or tell from another: {@code U+00A0}} */
    public static String name(char c) {
        return String.format(Locale.ROOT, "U+%04X", (int) c);
    }

    /**
     * Reports every typographic character of a span as an error, with its plain form.
     *
     * @param reporter takes the findings
     * @param span where to look
     * @return how many there were
     */
    public static int report(Reporter reporter, Span span) {
        return report(reporter, span, "--", true);
    }

    /**
     * Reports every typographic character of a span as an error, with its plain form, where a dash is known to stand for
     * something else than two hyphens, or not known at all.
     *
     * @param reporter takes the findings
     * @param span where to look
     * @param dash what an en or em dash stands for there
     * @param certain whether that is certain
     * @return how many there were
     */
    public static int report(Reporter reporter, Span span, String dash, boolean certain) {
        int count = 0;
        String text = reporter.text().text();
        for (int i = span.start(); i < span.end(); i++) {
            char c = text.charAt(i);
            if (isTypographic(c)) {
                boolean isDash = plain(c).equals("--");
                reportOne(reporter, i, isDash ? dash : plain(c), certain || !isDash);
                count++;
            }
        }
        return count;
    }

    /**
     * Reports the typographic character at an offset as an error, with its plain form.
     *
     * @param reporter takes the finding
     * @param offset where it is
     */
    public static void reportOne(Reporter reporter, int offset) {
        reportOne(reporter, offset, true);
    }

    /**
     * Reports the typographic character at an offset as an error.
     *
     * @param reporter takes the finding
     * @param offset where it is
     * @param certain whether the plain form is what must stand there
     */
    public static void reportOne(Reporter reporter, int offset, boolean certain) {
        reportOne(reporter, offset, plain(reporter.text().text().charAt(offset)), certain);
    }

    private static void reportOne(Reporter reporter, int offset, String plain, boolean certain) {
        char c = reporter.text().text().charAt(offset);
        Span span = new Span(offset, offset + 1);
        if (c == '\uFEFF' && offset == 0) {
            reporter.error(
                    span,
                    "byte-order-mark",
                    "the file starts with a byte-order mark",
                    "plain UTF-8",
                    TextEdit.delete(span));
        } else {
            reporter.error(
                    span,
                    "typographic-character",
                    "the character " + name(c) + " is not what it looks like",
                    plain.isEmpty() ? "nothing there" : plain.isBlank() ? "a plain space" : plain,
                    certain ? new TextEdit[] {TextEdit.replace(span, plain)} : new TextEdit[0]);
        }
    }
}
