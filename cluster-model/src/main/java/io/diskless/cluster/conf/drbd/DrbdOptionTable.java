package io.diskless.cluster.conf.drbd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The option table of the three dialects, read once from {@code options.tsv} beside this class. Its rows for disk, net,
 * options and (8.3) syncer are what {@code drbdsetup xml-help} of each release prints; those of startup, handlers,
 * global and the old spellings were found by asking the parsers. Immutable.
 */
final class DrbdOptionTable {
    static final DrbdOptionTable INSTANCE = load();

    private static final int COLUMNS = 10;

    private final Map<DrbdDialect, Map<String, Map<String, DrbdOption>>> options;

    private DrbdOptionTable(Map<DrbdDialect, Map<String, Map<String, DrbdOption>>> options) {
        this.options = options;
    }

    Optional<DrbdOption> find(DrbdDialect dialect, String section, String name) {
        return Optional.ofNullable(sectionMap(dialect, section).get(name));
    }

    List<DrbdOption> section(DrbdDialect dialect, String section) {
        return List.copyOf(sectionMap(dialect, section).values());
    }

    List<DrbdOption> all(DrbdDialect dialect) {
        return options.getOrDefault(dialect, Map.of()).values().stream()
                .flatMap(section -> section.values().stream())
                .toList();
    }

    private Map<String, DrbdOption> sectionMap(DrbdDialect dialect, String section) {
        return options.getOrDefault(dialect, Map.of()).getOrDefault(section, Map.of());
    }

    private static DrbdOptionTable load() {
        Map<DrbdDialect, Map<String, Map<String, DrbdOption>>> options = new LinkedHashMap<>();
        try (InputStream in = DrbdOptionTable.class.getResourceAsStream("options.tsv")) {
            if (in == null) {
                throw new IllegalStateException("options.tsv is missing from the jar");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isEmpty() && line.charAt(0) != '#') {
                    DrbdOption option = option(line);
                    options.computeIfAbsent(option.dialect(), d -> new LinkedHashMap<>())
                            .computeIfAbsent(option.section(), s -> new LinkedHashMap<>())
                            .put(option.name(), option);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("options.tsv cannot be read", e);
        }
        return new DrbdOptionTable(options);
    }

    private static DrbdOption option(String line) {
        String[] column = line.split("\t", -1);
        if (column.length != COLUMNS) {
            throw new IllegalStateException("options.tsv: " + COLUMNS + " columns expected: " + line);
        }
        DrbdOption.Type type = switch (column[3]) {
            case "numeric" -> DrbdOption.Type.NUMBER;
            case "boolean" -> DrbdOption.Type.BOOLEAN;
            case "keyword" -> DrbdOption.Type.KEYWORD;
            case "number-or-keyword" -> DrbdOption.Type.NUMBER_OR_KEYWORD;
            case "flag" -> DrbdOption.Type.FLAG;
            case "hosts" -> DrbdOption.Type.HOSTS;
            default -> DrbdOption.Type.STRING;
        };
        int scale = switch (column[7]) {
            case "s" -> 512;
            case "k" -> 1024;
            default -> 1;
        };
        return new DrbdOption(
                DrbdDialect.of(column[0]),
                column[1],
                column[2],
                type,
                column[4].isEmpty() ? 0 : Long.parseLong(column[4]),
                column[5].isEmpty() ? Long.MAX_VALUE : Long.parseLong(column[5]),
                column[6],
                scale,
                unit(scale, column[8]),
                column[9].isEmpty() ? List.of() : Arrays.asList(column[9].split(" ", -1)));
    }

    private static String unit(int scale, String unit) {
        List<String> parts = new ArrayList<>();
        if (scale == 512) {
            parts.add("sectors of 512 bytes");
        } else if (scale == 1024) {
            parts.add(unit.endsWith("/second") ? "KiB/s" : "KiB");
        } else {
            parts.add(unit);
        }
        return String.join(" ", parts);
    }
}
