package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.drbd.DrbdHostConfig.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Makes the typed view of a resource from its statements; what is missing or wrong is left out. Confined to one call. */
final class DrbdModel {
    private static final Set<String> HOST_SECTIONS = Set.of("on", "floating", "stacked-on-top-of");

    private final DrbdDialect dialect;
    private final Optional<Statement> common;

    DrbdModel(DrbdDialect dialect, Optional<Statement> common) {
        this.dialect = dialect;
        this.common = common;
    }

    static Stream<Statement> hostSections(Statement resource) {
        return resource.children().stream()
                .filter(s -> HOST_SECTIONS.contains(s.keyword().value()));
    }

    DrbdResourceConfig resource(DrbdFile.Located located) {
        Statement statement = located.statement();
        Map<String, DrbdSettings> settings = new HashMap<>();
        for (String section : List.of("net", "disk", "options", "startup", "handlers")) {
            DrbdSettings own = DrbdSettings.none(dialect, section);
            if (common.isPresent()) {
                own = own.and(common.get());
            }
            settings.put(section, own.and(statement));
        }
        DrbdSettings disk = settings.getOrDefault("disk", DrbdSettings.none(dialect, "disk"));
        DrbdSettings net = settings.getOrDefault("net", DrbdSettings.none(dialect, "net"));
        List<DrbdHostConfig> hosts =
                hostSections(statement).map(s -> host(statement, s, disk)).toList();
        return new DrbdResourceConfig(
                located,
                dialect,
                statement.argument(0).orElse(""),
                hosts,
                connections(statement, hosts, net),
                settings);
    }

    private DrbdHostConfig host(Statement resource, Statement section, DrbdSettings disk) {
        Kind kind = section.is("on") ? Kind.ON : section.is("floating") ? Kind.FLOATING : Kind.STACKED;
        List<String> names = kind == Kind.FLOATING
                ? List.of()
                : section.arguments().stream().map(Word::value).toList();
        Optional<DrbdAddress> address = kind == Kind.FLOATING
                ? address(section)
                : section.last("address").flatMap(DrbdModel::address);
        OptionalInt nodeId = section.last("node-id")
                .flatMap(s -> s.argument(0))
                .map(DrbdModel::integer)
                .orElse(OptionalInt.empty());
        List<DrbdVolumeConfig> volumes = new ArrayList<>();
        volumeSources(resource, section)
                .forEach((number, sources) -> volume(number, sources, disk).ifPresent(volumes::add));
        return new DrbdHostConfig(kind, names, address, nodeId, volumes);
    }

    /** For each volume of a host the sections that speak of it, the weaker first. */
    static Map<Integer, List<Statement>> volumeSources(Statement resource, Statement host) {
        Map<Integer, List<Statement>> sources = new TreeMap<>();
        for (Statement owner : List.of(resource, host)) {
            owner.all("volume")
                    .forEach(volume -> volume.argument(0)
                            .map(DrbdModel::integer)
                            .orElse(OptionalInt.empty())
                            .ifPresent(n -> sources.computeIfAbsent(n, x -> new ArrayList<>())
                                    .add(volume)));
        }
        if (sources.isEmpty() || isImplicit(resource) || isImplicit(host)) {
            // Without volume sections, device and disk of the resource and of the host are volume 0.
            List<Statement> zero = sources.computeIfAbsent(0, x -> new ArrayList<>());
            zero.add(0, host);
            zero.add(0, resource);
        }
        return sources;
    }

    static boolean isImplicit(Statement owner) {
        return owner.children().stream()
                .anyMatch(s -> s.is("device") || s.is("meta-disk") || s.is("flexible-meta-disk") || isDisk(s));
    }

    private static boolean isDisk(Statement s) {
        return s.is("disk") && s.body().isEmpty();
    }

    static Optional<Statement> last(Collection<Statement> sources, String keyword) {
        return sources.stream()
                .flatMap(s -> s.children().stream())
                .filter(s -> s.body().isEmpty())
                .filter(s -> s.is(keyword) || (keyword.equals("meta-disk") && s.is("flexible-meta-disk")))
                .reduce((a, b) -> b);
    }

    private static Optional<DrbdVolumeConfig> volume(int number, List<Statement> sources, DrbdSettings disk) {
        Optional<Statement> device = last(sources, "device");
        OptionalInt minor = device.map(DrbdModel::minor).orElse(OptionalInt.empty());
        if (device.isEmpty() || minor.isEmpty()) {
            return Optional.empty();
        }
        String path = device.get().argument(0).orElse("");
        DrbdSettings options = disk;
        for (Statement source : sources) {
            options = source.is("volume") ? options.and(source) : options;
        }
        return Optional.of(new DrbdVolumeConfig(
                number,
                path.equals("minor") ? "/dev/drbd" + minor.getAsInt() : path,
                minor.getAsInt(),
                last(sources, "disk").flatMap(d -> d.argument(0)).filter(d -> !d.equals("none")),
                last(sources, "meta-disk").map(DrbdModel::metaDisk).orElse(new DrbdVolumeConfig.MetaDisk.Internal()),
                new DrbdDiskOptions(options)));
    }

    static OptionalInt minor(Statement device) {
        List<Word> words = device.arguments();
        int at = words.size() > 1 && words.get(0).value().equals("minor") ? 1 : 2;
        return integer(
                words.size() > at
                        ? words.get(at).value()
                        : DrbdVolumeConfig.digitsAtEnd(device.argument(0).orElse("")));
    }

    private static DrbdVolumeConfig.MetaDisk metaDisk(Statement statement) {
        String device = statement.argument(0).orElse("internal");
        if (device.equals("internal")) {
            return new DrbdVolumeConfig.MetaDisk.Internal();
        }
        OptionalInt index = statement.argument(1).map(DrbdModel::integer).orElse(OptionalInt.empty());
        return index.isPresent()
                ? new DrbdVolumeConfig.MetaDisk.Indexed(device, index.getAsInt())
                : new DrbdVolumeConfig.MetaDisk.Flexible(device);
    }

    static Optional<DrbdAddress> address(Statement statement) {
        List<Word> words = statement.arguments();
        if (words.isEmpty()) {
            return Optional.empty();
        }
        String family = words.size() > 1 ? words.get(0).value() : "";
        Word last = words.get(words.size() - 1);
        return last.quoted() ? Optional.empty() : DrbdAddress.parse(family, last.value());
    }

    // ---- connections (9) -----------------------------------------------------------------------------------------

    private List<DrbdConnectionConfig> connections(Statement resource, List<DrbdHostConfig> hosts, DrbdSettings net) {
        List<DrbdConnectionConfig> connections = new ArrayList<>();
        resource.all("connection").forEach(c -> connection(c, hosts, net).ifPresent(connections::add));
        resource.all("connection-mesh").forEach(mesh -> {
            List<String> names = mesh.all("hosts")
                    .flatMap(h -> h.arguments().stream())
                    .map(Word::value)
                    .toList();
            for (int i = 0; i < names.size(); i++) {
                for (int j = i + 1; j < names.size(); j++) {
                    connections.add(pair(names.get(i), names.get(j), hosts, net.and(mesh)));
                }
            }
        });
        if (connections.isEmpty() && hosts.size() == 2) {
            connections.add(pair(hosts.get(0).name(), hosts.get(1).name(), hosts, net));
        }
        return connections;
    }

    private static DrbdConnectionConfig pair(
            String first, String second, List<DrbdHostConfig> hosts, DrbdSettings net) {
        List<DrbdConnectionConfig.Path> paths = new ArrayList<>();
        Optional<DrbdAddress> a = addressOf(first, hosts);
        Optional<DrbdAddress> b = addressOf(second, hosts);
        if (a.isPresent() && b.isPresent()) {
            paths.add(new DrbdConnectionConfig.Path(a.get(), b.get()));
        }
        return new DrbdConnectionConfig(first, second, paths, new DrbdNetOptions(net));
    }

    private Optional<DrbdConnectionConfig> connection(
            Statement connection, List<DrbdHostConfig> hosts, DrbdSettings net) {
        List<DrbdConnectionConfig.Path> paths = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Statement> owners =
                Stream.concat(Stream.of(connection), connection.all("path")).toList();
        for (Statement owner : owners) {
            List<Statement> ends = owner.all("host").toList();
            if (ends.size() == 2) {
                if (names.isEmpty()) {
                    ends.forEach(e -> names.add(e.argument(0).orElse("")));
                }
                Optional<DrbdAddress> a = endpoint(ends.get(0), hosts);
                Optional<DrbdAddress> b = endpoint(ends.get(1), hosts);
                if (a.isPresent() && b.isPresent()) {
                    paths.add(new DrbdConnectionConfig.Path(a.get(), b.get()));
                }
            }
        }
        return names.size() != 2
                ? Optional.empty()
                : Optional.of(new DrbdConnectionConfig(
                        names.get(0), names.get(1), paths, new DrbdNetOptions(net.and(connection))));
    }

    private static Optional<DrbdAddress> endpoint(Statement host, List<DrbdHostConfig> hosts) {
        Optional<DrbdAddress> address = addressOf(host.argument(0).orElse(""), hosts);
        List<Word> words = host.arguments();
        for (int i = 1; i + 1 < words.size(); i++) {
            String word = words.get(i).value();
            String next = words.get(i + 1).value();
            if (word.equals("address")) {
                boolean family = DrbdAddress.FAMILIES.contains(next) && i + 2 < words.size();
                address = DrbdAddress.parse(
                        family ? next : "", family ? words.get(i + 2).value() : next);
            } else if (word.equals("port")) {
                OptionalInt port = integer(next);
                address = port.isEmpty()
                        ? address
                        : address.map(a -> new DrbdAddress(a.family(), a.host(), port.getAsInt()));
            }
        }
        return address;
    }

    private static Optional<DrbdAddress> addressOf(String name, List<DrbdHostConfig> hosts) {
        return hosts.stream()
                .filter(h -> h.names().contains(name) || h.name().equals(name))
                .findFirst()
                .flatMap(DrbdHostConfig::address);
    }

    private static OptionalInt integer(String text) {
        boolean number = !text.isEmpty() && text.length() <= 9 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? OptionalInt.of(Integer.parseInt(text)) : OptionalInt.empty();
    }
}
