package io.diskless.cluster.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: a number, with K, M, G or T for powers of 1024. Stateless. */
final class Sizes {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,18})([KMGT]?)");

    private Sizes() {}

    /**
     * Bytes.
     *
     * @throws IllegalArgumentException if the text is no size, or more than a {@code long} holds
     */
    static long parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("expected a size such as 40G, got \"" + text + "\"");
        }
        int power = form.group(2).isEmpty() ? 0 : "KMGT".indexOf(form.group(2)) + 1;
        try {
            return Math.multiplyExact(Long.parseLong(form.group(1)), 1L << (10 * power));
        } catch (ArithmeticException large) {
            throw new IllegalArgumentException("\"" + text + "\" is more than 8 EiB", large);
        }
    }
}
