package io.diskless.cluster.draw;

import io.diskless.cluster.model.node.Lifecycle;
import java.util.Locale;

/** How things are called in pictures. Stateless. */
final class Words {
    private static final long KIB = 1024;
    private static final int MOST = 46;

    private Words() {}

    /** A size in the largest unit that divides it, else with one digit after the point. */
    static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
        int unit = 0;
        long scale = 1;
        while (unit < units.length - 1 && bytes / scale >= KIB) {
            scale *= KIB;
            unit++;
        }
        return bytes % scale == 0
                ? bytes / scale + " " + units[unit]
                : String.format(Locale.ROOT, "%.1f %s", (double) bytes / scale, units[unit]);
    }

    static String speed(long mbps) {
        return mbps >= 1000 && mbps % 1000 == 0 ? mbps / 1000 + " Gb/s" : mbps + " Mb/s";
    }

    /** {@code RAID10} is {@code raid10}, {@code UP_TO_DATE} is {@code up to date}. */
    static String of(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    static String of(Lifecycle lifecycle) {
        return lifecycle.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    static Tone tone(Lifecycle lifecycle) {
        if (lifecycle instanceof Lifecycle.Ready) {
            return Tone.GOOD;
        }
        if (lifecycle instanceof Lifecycle.Lost || lifecycle instanceof Lifecycle.Fenced) {
            return Tone.BAD;
        }
        return lifecycle instanceof Lifecycle.Retired || lifecycle instanceof Lifecycle.Announced
                ? Tone.QUIET
                : Tone.WARN;
    }

    static String count(int number, String one) {
        return number + " " + one + (number == 1 ? "" : "s");
    }

    static String cut(String text) {
        return text.length() <= MOST ? text : text.substring(0, MOST - 1) + "\u2026";
    }
}
