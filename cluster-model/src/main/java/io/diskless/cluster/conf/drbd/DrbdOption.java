package io.diskless.cluster.conf.drbd;

import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One option that a dialect knows in a section, with what it accepts. Immutable.
 *
 * @param dialect who knows it
 * @param section where it stands: {@code net}, {@code disk}, {@code options}, {@code syncer}, {@code startup},
 *     {@code handlers} or {@code global}
 * @param name its keyword
 * @param type what its value is
 * @param min the smallest number, in the option's own unit
 * @param max the largest number, in the option's own unit
 * @param defaultValue what counts where it is not given, as it would be written; empty if nothing
 * @param scale how many bytes the own unit is where the option counts bytes (512 for sectors, 1024 for KiB), else 1
 * @param unit the name of the unit; empty for a plain number
 * @param keywords the words it accepts; empty if any
 */
public record DrbdOption(
        DrbdDialect dialect,
        String section,
        String name,
        Type type,
        long min,
        long max,
        String defaultValue,
        int scale,
        String unit,
        List<String> keywords) {
    /** What an option's value is. */
    public enum Type {
        /** A number with at most one of the suffixes s, k, m, g. */
        NUMBER,
        /** {@code yes}, {@code no}, or no value at all for yes. */
        BOOLEAN,
        /** No value: the name alone means yes. */
        FLAG,
        /** One of a few words. */
        KEYWORD,
        /** One of a few words, or a number. */
        NUMBER_OR_KEYWORD,
        /** Any text. */
        STRING,
        /** One or more host names. */
        HOSTS
    }

    /** Copies the keywords. */
    public DrbdOption {
        keywords = List.copyOf(keywords);
    }

    /** {@return all options of a dialect's section, in the order of the table} */
    static List<DrbdOption> of(DrbdDialect dialect, String section) {
        return DrbdOptionTable.INSTANCE.section(dialect, section);
    }

    /**
     * All options of a dialect.
     *
     * @param dialect which
     * @return section by section
     */
    public static List<DrbdOption> all(DrbdDialect dialect) {
        return DrbdOptionTable.INSTANCE.all(dialect);
    }

    /**
     * Reads a number in the option's own unit: a plain number is in that unit, one with a suffix is in sectors (s), KiB,
     * MiB or GiB and is converted, rounding up.
     *
     * @param text digits and at most one suffix
     * @return the number in the own unit, not checked against the range; nothing if it is no number or too large
     */
    public OptionalLong number(String text) {
        int digits = text.startsWith("-") ? 1 : 0;
        int end = text.length();
        long factor = scale;
        if (end > digits && !Character.isDigit(text.charAt(end - 1))) {
            factor = switch (text.charAt(end - 1)) {
                case 's' -> 512;
                case 'k', 'K' -> 1L << 10;
                case 'm', 'M' -> 1L << 20;
                case 'g', 'G' -> 1L << 30;
                default -> 0;
            };
            end--;
        }
        if (factor == 0 || end == digits || end - digits > 18) {
            return OptionalLong.empty();
        }
        for (int i = digits; i < end; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return OptionalLong.empty();
            }
        }
        try {
            long bytes = Math.multiplyExact(Long.parseLong(text.substring(0, end)), factor);
            return OptionalLong.of(-Math.floorDiv(-bytes, scale));
        } catch (ArithmeticException tooLarge) {
            return OptionalLong.empty();
        }
    }

    /** {@return the canonical spelling of a keyword, or an empty string if it is none of them} */
    String keyword(String text) {
        boolean anyCase = name.equals("protocol");
        for (String keyword : keywords) {
            if (anyCase ? keyword.equalsIgnoreCase(text) : keyword.equals(text)) {
                return keyword;
            }
        }
        return "";
    }

    /** Options whose values the 8.x parsers pass on unread; drbdsetup or the kernel refuses them later. */
    private static final Set<String> UNREAD_8_X = Set.of(
            "ping-timeout",
            "unplug-watermark",
            "max-bio-bvecs",
            "disk-timeout",
            "rs-discard-granularity",
            "socket-check-timeout");

    /** {@return whether the parser itself looks at the value} */
    boolean isRead() {
        if (dialect == DrbdDialect.V9 || name.equals("protocol") || section.equals("global")) {
            return true;
        }
        return type != Type.KEYWORD
                && !UNREAD_8_X.contains(name)
                && !(dialect == DrbdDialect.V8_4 && name.equals("al-extents"));
    }

    /** {@return what this option accepts, for a message} */
    String expectation() {
        String number = "a number from " + min + " to " + max + (unit.isEmpty() ? "" : " in " + unit);
        String words = keywords.stream().collect(Collectors.joining(", "));
        return switch (type) {
            case NUMBER -> number;
            case NUMBER_OR_KEYWORD -> words + " or " + number;
            case KEYWORD -> keywords.size() == 1 ? words : "one of " + words;
            case BOOLEAN -> dialect == DrbdDialect.V8_3 ? "no value" : "yes or no";
            case FLAG -> "no value";
            case STRING -> "one word or a quoted text";
            case HOSTS -> "one or more host names";
        };
    }

    /** {@return {@code 8.4 net timeout}} */
    @Override
    public String toString() {
        return dialect.release() + " " + section + " " + name.toLowerCase(Locale.ROOT);
    }
}
