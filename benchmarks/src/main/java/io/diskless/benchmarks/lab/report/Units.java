package io.diskless.benchmarks.lab.report;

import java.util.Locale;

/** Numbers for people, always with a point. */
public final class Units {
    private static final double KILO = 1000;
    private static final long KIBI = 1024;

    private Units() {}

    /**
     * A size, in the largest binary unit that leaves a whole number or one digit.
     *
     * @param bytes 0 or more
     * @return for example {@code 48 MiB}
     */
    public static String size(double bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB"};
        int unit = 0;
        double value = bytes;
        while (value >= KIBI && unit < units.length - 1) {
            value /= KIBI;
            unit++;
        }
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }

    /**
     * A size, in the largest binary unit that leaves a whole number or one digit.
     *
     * @param bytes 0 or more
     * @return for example {@code 48 MiB}
     */
    public static String size(long bytes) {
        return size((double) bytes);
    }

    /**
     * A count, its thousands apart.
     *
     * @param count 0 or more
     * @return for example {@code 12 345}
     */
    public static String count(long count) {
        return count((double) count);
    }

    /**
     * A time.
     *
     * @param micros microseconds
     * @return with three digits or so, for example {@code 1.25 ms}
     */
    public static String time(double micros) {
        if (micros < KILO) {
            return String.format(Locale.ROOT, "%.0f us", micros);
        }
        double millis = micros / KILO;
        if (millis < KILO) {
            return String.format(Locale.ROOT, millis < 10 ? "%.2f ms" : millis < 100 ? "%.1f ms" : "%.0f ms", millis);
        }
        return String.format(Locale.ROOT, "%.2f s", millis / KILO);
    }

    /**
     * A count, its thousands apart.
     *
     * @param count 0 or more
     * @return for example {@code 12 345}
     */
    public static String count(double count) {
        return String.format(Locale.ROOT, "%,.0f", count).replace(',', ' ');
    }
}
