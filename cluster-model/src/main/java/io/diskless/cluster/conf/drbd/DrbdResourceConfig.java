package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One resource with what counts for it: its own options over those of {@code common}, over the defaults. Immutable. */
public final class DrbdResourceConfig {
    private final DrbdFile.Located located;
    private final DrbdDialect dialect;
    private final String name;
    private final List<DrbdHostConfig> hosts;
    private final List<DrbdConnectionConfig> connections;
    private final Map<String, DrbdSettings> settings;

    DrbdResourceConfig(
            DrbdFile.Located located,
            DrbdDialect dialect,
            String name,
            List<DrbdHostConfig> hosts,
            List<DrbdConnectionConfig> connections,
            Map<String, DrbdSettings> settings) {
        this.located = located;
        this.dialect = dialect;
        this.name = name;
        this.hosts = List.copyOf(hosts);
        this.connections = List.copyOf(connections);
        this.settings = Map.copyOf(settings);
    }

    /** {@return the resource's name} */
    public String name() {
        return name;
    }

    /** {@return the dialect it was read in} */
    public DrbdDialect dialect() {
        return dialect;
    }

    /** {@return its hosts, in the order of the file} */
    public List<DrbdHostConfig> hosts() {
        return hosts;
    }

    /**
     * A host by name.
     *
     * @param host as {@code uname -n} prints it
     * @return the host, or nothing
     */
    public Optional<DrbdHostConfig> host(String host) {
        return hosts.stream().filter(h -> h.names().contains(host)).findFirst();
    }

    /**
     * The other host of a resource with two.
     *
     * @param host the name of one of them
     * @return the other, or nothing if there are not exactly two or none has that name
     */
    public Optional<DrbdHostConfig> peerOf(String host) {
        return hosts.size() != 2 || host(host).isEmpty()
                ? Optional.empty()
                : hosts.stream().filter(h -> !h.names().contains(host)).findFirst();
    }

    /** {@return its connections: those that are written (9), else the one between its two hosts} */
    public List<DrbdConnectionConfig> connections() {
        return connections;
    }

    /** {@return the options of section {@code net}; a connection (9) may overrule them} */
    public DrbdNetOptions net() {
        return new DrbdNetOptions(settings("net"));
    }

    /** {@return the options of section {@code disk}; a volume may overrule them} */
    public DrbdDiskOptions disk() {
        return new DrbdDiskOptions(settings("disk"));
    }

    /** {@return the fencing policy, wherever the dialect has it, as drbd.conf names it} */
    public String fencing() {
        DrbdSettings where = settings(dialect == DrbdDialect.V9 ? "net" : "disk");
        return where.text("fencing").orElse("dont-care");
    }

    /**
     * The options of one section as they count for this resource.
     *
     * @param section {@code net}, {@code disk}, {@code options}, {@code startup} or {@code handlers}
     * @return the options by their names in 8.4
     */
    public DrbdSettings settings(String section) {
        return settings.getOrDefault(section, DrbdSettings.none(dialect, section));
    }

    /** {@return the tree that the resource stands in; to edit it} */
    public ConfigTree tree() {
        return located.file().tree();
    }

    /** {@return its statement in {@link #tree()}; to edit it} */
    public Statement statement() {
        return located.statement();
    }

    /** {@return name and hosts; never a secret} */
    @Override
    public String toString() {
        return "DrbdResourceConfig[" + name + ", "
                + hosts.stream().map(DrbdHostConfig::name).toList() + "]";
    }
}
