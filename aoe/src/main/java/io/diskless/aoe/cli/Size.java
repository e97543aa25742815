package io.diskless.aoe.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes as people write them: {@code 512}, {@code 64k}, {@code 16M}, {@code 2G}, {@code 1T}; powers of 1024. */
final class Size implements ITypeConverter<Long> {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,15})([kKmMgGtT]?)(?:i?[bB])?");
    private static final String UNITS = "KMGT";

    @Override
    public Long convert(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new TypeConversionException("expected a size such as 512, 64k, 16M or 2G, got \"" + text + "\"");
        }
        int power = m.group(2).isEmpty() ? 0 : 1 + UNITS.indexOf(m.group(2).toUpperCase(Locale.ROOT));
        long value = Long.parseLong(m.group(1));
        if (value > Long.MAX_VALUE >> (10 * power)) {
            throw new TypeConversionException("\"" + text + "\" is larger than 8 EiB");
        }
        return value << (10 * power);
    }

    static String of(long bytes) {
        return of((double) bytes);
    }

    static String of(double bytes) {
        String[] names = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < names.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, names[unit]);
    }
}
