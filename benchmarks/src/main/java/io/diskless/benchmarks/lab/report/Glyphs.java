package io.diskless.benchmarks.lab.report;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * The signs that not every terminal can show. Immutable.
 *
 * @param charset of the output
 * @param good a proof that holds
 * @param bad one that does not
 * @param running a phase under way
 * @param full a done part of a bar
 * @param empty the rest of a bar
 * @param dot between items of a line
 * @param rule a line of a table
 * @param arrow from, to
 */
public record Glyphs(
        Charset charset,
        String good,
        String bad,
        String running,
        String full,
        String empty,
        String dot,
        String rule,
        String arrow) {
    /** For terminals and files that take UTF-8. */
    public static final Glyphs UNICODE = new Glyphs(
            StandardCharsets.UTF_8, "\u2714", "\u2718", "\u25b8", "\u2588", "\u2591", "\u00b7", "\u2500", "\u2192");

    /** For all others. */
    public static final Glyphs ASCII =
            new Glyphs(StandardCharsets.US_ASCII, "ok", "FAIL", ">", "#", ".", "-", "-", "->");

    /**
     * What the locale asks for; the encoding that the JVM derives from it differs between its versions.
     *
     * @param environment variables of this process
     * @return the signs
     */
    public static Glyphs of(Map<String, String> environment) {
        // POSIX: the first of these that is set and not empty decides.
        for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
            String value = environment.getOrDefault(name, "");
            if (!value.isEmpty()) {
                String upper = value.toUpperCase(Locale.ROOT);
                return upper.contains("UTF-8") || upper.contains("UTF8") ? UNICODE : ASCII;
            }
        }
        return ASCII;
    }
}
