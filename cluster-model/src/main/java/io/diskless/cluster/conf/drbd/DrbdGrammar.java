package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.Statement;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which keyword may stand in which section, in which dialect. The keywords are what the parsers name when they meet
 * something else. Immutable.
 */
enum DrbdGrammar {
    TOP(
            "the file",
            "global common resource skip include",
            "",
            " require-drbd-module-version-eq"
                    + " require-drbd-module-version-ne require-drbd-module-version-gt require-drbd-module-version-ge"
                    + " require-drbd-module-version-lt require-drbd-module-version-le"),
    COMMON("common", "protocol net disk startup handlers syncer proxy", " options", ""),
    RESOURCE(
            "resource",
            "protocol on floating stacked-on-top-of ignore-on net disk startup handlers syncer proxy device meta-disk"
                    + " flexible-meta-disk",
            " options volume",
            " connection connection-mesh skip -ignore-on"),
    ON("a host section", "device disk meta-disk flexible-meta-disk address", " volume options", " node-id skip"),
    VOLUME("volume", "device disk meta-disk flexible-meta-disk", "", " skip"),
    CONNECTION("connection", "", "", "host net path volume disk skip"),
    MESH("connection-mesh", "", "", "hosts net disk skip"),
    PATH("path", "", "", "host skip"),
    PROXY("proxy", "inside outside memlimit read-loops compression bwlimit plugin", "", ""),
    GLOBAL("global", "", "", ""),
    NET("net", "", "", ""),
    DISK("disk", "", "", ""),
    SYNCER("syncer", "", "", ""),
    STARTUP("startup", "", "", ""),
    HANDLERS("handlers", "", "", ""),
    OPTIONS("options", "", "", ""),
    /** A section whose inside nobody here knows: proxy plugins. */
    FREE("plugin", "", "", "");

    private final String title;
    private final String always;
    private final String from84;
    private final String from9;

    DrbdGrammar(String title, String always, String from84, String from9) {
        this.title = title;
        this.always = always;
        this.from84 = from84;
        this.from9 = from9;
    }

    String title() {
        return title;
    }

    /** Whether every statement inside is an option of the table. */
    boolean isOptions() {
        return compareTo(GLOBAL) >= 0;
    }

    String section() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    Set<String> keywords(DrbdDialect dialect) {
        if (isOptions()) {
            return DrbdOption.of(dialect, section()).stream()
                    .map(DrbdOption::name)
                    .filter(name -> !name.startsWith("_"))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
        }
        String words = always
                + (dialect.compareTo(DrbdDialect.V8_4) >= 0 ? from84 : "")
                + (dialect == DrbdDialect.V9 ? from9 : "");
        Set<String> keywords = new LinkedHashSet<>();
        for (String word : words.strip().split(" +", -1)) {
            if (word.startsWith("-")) {
                keywords.remove(word.substring(1));
            } else if (!word.isEmpty()) {
                keywords.add(word);
            }
        }
        return keywords;
    }

    /** Whether the keyword begins a statement that ends with a semicolon; {@code disk} can be both. */
    static boolean isPlain(String keyword) {
        return switch (keyword) {
            case "include",
                    "protocol",
                    "ignore-on",
                    "device",
                    "meta-disk",
                    "flexible-meta-disk",
                    "address",
                    "node-id",
                    "host",
                    "hosts",
                    "inside",
                    "outside",
                    "memlimit",
                    "read-loops",
                    "compression",
                    "bwlimit" -> true;
            default -> keyword.startsWith("require-");
        };
    }

    /** How many words follow the keyword of a plain statement at most. */
    static int arguments(String keyword) {
        return switch (keyword) {
            case "hosts", "ignore-on" -> Integer.MAX_VALUE;
            default -> 1;
        };
    }

    /** What stands inside a section of that keyword. */
    static DrbdGrammar of(String keyword) {
        return switch (keyword) {
            case "global" -> GLOBAL;
            case "common" -> COMMON;
            case "resource" -> RESOURCE;
            case "on", "floating", "stacked-on-top-of" -> ON;
            case "volume" -> VOLUME;
            case "connection" -> CONNECTION;
            case "connection-mesh" -> MESH;
            case "path" -> PATH;
            case "proxy" -> PROXY;
            case "net" -> NET;
            case "disk" -> DISK;
            case "syncer" -> SYNCER;
            case "startup" -> STARTUP;
            case "handlers" -> HANDLERS;
            case "options" -> OPTIONS;
            default -> FREE;
        };
    }

    /** What may not stand twice in this section, as a person would name it; empty for what may. */
    String uniqueKey(Statement statement, DrbdDialect dialect) {
        String keyword = statement.keyword().value();
        if (isOptions()) {
            return this == FREE ? "" : keyword;
        }
        boolean body = statement.body().isPresent();
        return switch (keyword) {
            case "include", "skip", "ignore-on", "host", "path", "connection", "connection-mesh" -> "";
            case "volume" -> ""; // Lenient: reported by the checks.
            case "resource", "on", "floating", "stacked-on-top-of" ->
                keyword + " "
                        + statement.arguments().stream().map(w -> w.value()).collect(Collectors.joining(" "));
            case "disk" -> body ? "section disk" : "disk";
            case "meta-disk", "flexible-meta-disk" -> "meta-disk";
            case "proxy", "hosts" -> "";
            default -> keyword.startsWith("require-") ? "" : keyword;
        };
    }

    /** The sections that hold options and stand in a resource or in {@code common}. */
    static List<DrbdGrammar> optionSections() {
        return List.of(NET, DISK, SYNCER, STARTUP, HANDLERS, OPTIONS);
    }
}
