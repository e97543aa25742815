package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The options of one kind ({@code net}, {@code disk}, {@code options}, {@code startup}, {@code handlers}) as they count for
 * a resource, by the names of 8.4: what an 8.3 file says in {@code syncer} is found where 8.4 has it. Immutable.
 */
public final class DrbdSettings {
    static final String SECRET = "shared-secret";

    private static final Map<String, String> RENAMED = Map.of("rate", "resync-rate", "after", "resync-after");
    private static final Set<String> SYNCER_TO_NET = Set.of("verify-alg", "csums-alg", "use-rle");
    private static final Set<String> SYNCER_TO_OPTIONS = Set.of("cpu-mask", "on-no-data-accessible");

    private final DrbdDialect dialect;
    private final String section;
    private final Map<String, String> values;

    private DrbdSettings(DrbdDialect dialect, String section, Map<String, String> values) {
        this.dialect = dialect;
        this.section = section;
        this.values = values;
    }

    static DrbdSettings none(DrbdDialect dialect, String section) {
        return new DrbdSettings(dialect, section, Map.of());
    }

    /** These settings, overruled by what a resource, common, connection or volume says. */
    DrbdSettings and(Statement owner) {
        Map<String, String> merged = new LinkedHashMap<>(values);
        owner.all("syncer")
                .forEach(syncer -> syncer.children().forEach(option -> {
                    if (home(option.keyword().value()).equals(section)) {
                        put(merged, option, "syncer");
                    }
                }));
        if (section.equals("net")) {
            owner.last("protocol").flatMap(p -> p.argument(0)).ifPresent(p -> merged.put("protocol", p));
        }
        owner.all(section).forEach(s -> s.children().forEach(option -> put(merged, option, section)));
        return new DrbdSettings(dialect, section, merged);
    }

    /** These settings, overruled by the options that stand in a section itself. */
    DrbdSettings andOptions(Statement options) {
        Map<String, String> merged = new LinkedHashMap<>(values);
        options.children().forEach(option -> put(merged, option, section));
        return new DrbdSettings(dialect, section, merged);
    }

    private void put(Map<String, String> into, Statement option, String where) {
        String keyword = option.keyword().value();
        String name = RENAMED.getOrDefault(keyword, keyword);
        DrbdOptionTable table = DrbdOptionTable.INSTANCE;
        String value;
        if (option.arguments().size() > 1) {
            value = String.join(
                    " ", option.arguments().stream().map(w -> w.value()).toList());
        } else {
            value = option.argument(0).orElse("yes");
        }
        if (name.startsWith("no-") && option.arguments().isEmpty()) {
            name = name.substring(3);
            value = "no";
        }
        String canonical = table.find(dialect, where, keyword)
                .filter(o -> !o.keywords().isEmpty())
                .map(o -> o.keyword(option.argument(0).orElse("")))
                .orElse("");
        into.put(name, canonical.isEmpty() ? value : canonical);
    }

    static String home(String syncerOption) {
        return SYNCER_TO_NET.contains(syncerOption)
                ? "net"
                : SYNCER_TO_OPTIONS.contains(syncerOption) ? "options" : "disk";
    }

    /** {@return the section of 8.4 that these are of} */
    public String section() {
        return section;
    }

    /** {@return what is given, by name, as it is written; a secret is among them} */
    public Map<String, String> asMap() {
        return Map.copyOf(values);
    }

    /**
     * Whether the file gives an option.
     *
     * @param name the option's name in 8.4
     * @return false if its default counts
     */
    public boolean isSet(String name) {
        return values.containsKey(name);
    }

    /**
     * An option's text.
     *
     * @param name the option's name in 8.4
     * @return what the file gives, else the default; nothing if there is neither
     */
    public Optional<String> text(String name) {
        String given = values.get(name);
        return given != null
                ? Optional.of(given)
                : option(name).map(DrbdOption::defaultValue).filter(d -> !d.isEmpty());
    }

    /**
     * A number in the option's own unit (see {@link DrbdOption#unit()}).
     *
     * @param name the option's name in 8.4
     * @return what the file gives, else the default; 0 if there is neither or it is no number
     */
    public long number(String name) {
        Optional<DrbdOption> option = option(name);
        return text(name)
                .flatMap(text -> option.map(o -> o.number(text).orElse(0)))
                .orElse(0L);
    }

    /**
     * A number of bytes, or bytes a second.
     *
     * @param name the name in 8.4 of an option that counts bytes, sectors or KiB
     * @return what the file gives, else the default, in bytes
     */
    public long bytes(String name) {
        return Math.multiplyExact(
                number(name), option(name).map(DrbdOption::scale).orElse(1));
    }

    /**
     * A yes or no.
     *
     * @param name the option's name in 8.4
     * @return what the file gives, else the default
     */
    public boolean flag(String name) {
        return text(name).filter("yes"::equals).isPresent();
    }

    private Optional<DrbdOption> option(String name) {
        DrbdOptionTable table = DrbdOptionTable.INSTANCE;
        Optional<DrbdOption> own = table.find(dialect, section, name);
        if (own.isPresent()) {
            return own;
        }
        String old = RENAMED.entrySet().stream()
                .filter(e -> e.getValue().equals(name))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(name);
        Optional<DrbdOption> syncer = table.find(dialect, "syncer", old);
        return syncer.isPresent() ? syncer : table.find(DrbdDialect.V8_4, section, name);
    }

    /** {@return the given options by name; never a secret} */
    @Override
    public String toString() {
        Map<String, String> shown = new TreeMap<>(values);
        shown.computeIfPresent(SECRET, (name, value) -> "(hidden)");
        return section + shown;
    }
}
