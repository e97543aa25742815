package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.drbd.DrbdFile.Located;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What two resources, or two hosts of one, may not share: addresses, minors, disks. Confined to one call. */
final class DrbdConflicts {
    private final DrbdDialect dialect;
    private final List<Located> located;
    private final List<DrbdResourceConfig> resources;

    private final Map<String, String> addresses = new HashMap<>();
    private final Map<String, String> minors = new HashMap<>();
    private final Map<String, String> disks = new HashMap<>();

    DrbdConflicts(DrbdDialect dialect, List<Located> located, List<DrbdResourceConfig> resources) {
        this.dialect = dialect;
        this.located = located;
        this.resources = resources;
    }

    void run() {
        for (int i = 0; i < resources.size(); i++) {
            DrbdResourceConfig resource = resources.get(i);
            List<Statement> sections =
                    DrbdModel.hostSections(located.get(i).statement()).toList();
            for (int j = 0; j < sections.size(); j++) {
                host(located.get(i), resource, sections.get(j), resource.hosts().get(j));
            }
            paths(located.get(i), resource);
        }
    }

    private void host(Located here, DrbdResourceConfig resource, Statement section, DrbdHostConfig host) {
        if (!hasOwnPaths(here.statement())) {
            host.address().ifPresent(address -> address(here, spanOf(section, "address"), address, host.name()));
        }
        if (host.kind() == DrbdHostConfig.Kind.STACKED) {
            return;
        }
        for (String name : host.names()) {
            for (DrbdVolumeConfig volume : host.volumes()) {
                String who = resource.name() + "/" + volume.number();
                String first = minors.putIfAbsent(name + " " + volume.minor(), who);
                if (first != null) {
                    here.file()
                            .reporter()
                            .error(
                                    spanOf(section, "device"),
                                    "minor-conflict",
                                    "minor " + volume.minor() + " of " + name + " is taken by " + first,
                                    "a minor of its own");
                }
                volume.disk().ifPresent(disk -> {
                    String other = disks.putIfAbsent(name + " " + disk, who);
                    if (other != null) {
                        // Only the 8.3 parser looks at this; the data is lost in all of them.
                        here.file()
                                .reporter()
                                .report(
                                        dialect == DrbdDialect.V8_3,
                                        spanOf(section, "disk"),
                                        "disk-conflict",
                                        disk + " of " + name + " is used by " + other + " too",
                                        "a disk of its own");
                    }
                });
            }
        }
    }

    /** Connections that say themselves where they listen. */
    private void paths(Located here, DrbdResourceConfig resource) {
        if (!hasOwnPaths(here.statement())) {
            return;
        }
        Span span = DrbdChecks.nameOf(here.statement());
        for (DrbdConnectionConfig connection : resource.connections()) {
            for (DrbdConnectionConfig.Path path : connection.paths()) {
                String pair = path.first() + " - " + path.second();
                String first = addresses.putIfAbsent(pair, resource.name());
                boolean same = path.first().equals(path.second());
                if (first != null || same) {
                    here.file()
                            .reporter()
                            .error(
                                    span,
                                    "address-conflict",
                                    same
                                            ? "both ends of a path are " + path.first()
                                            : "the path " + pair + " stands twice",
                                    "an address and port of its own");
                }
            }
        }
    }

    private static boolean hasOwnPaths(Statement resource) {
        Set<String> words = new LinkedHashSet<>();
        resource.all("connection").forEach(connection -> {
            connection.all("host").forEach(h -> h.arguments().forEach(w -> words.add(w.value())));
            connection.all("path").forEach(path -> words.add("address"));
        });
        return words.contains("address") || words.contains("port");
    }

    private void address(Located here, Span span, DrbdAddress address, String host) {
        String first = addresses.putIfAbsent(address.toString(), host + " at " + here.place());
        if (first != null) {
            here.file()
                    .reporter()
                    .error(
                            span,
                            "address-conflict",
                            address + " is taken by " + first,
                            "an address and port of its own");
        }
    }

    private static Span spanOf(Statement section, String keyword) {
        return section.children().stream()
                .flatMap(s -> s.is("volume") ? s.children().stream() : java.util.stream.Stream.of(s))
                .filter(s -> s.is(keyword))
                .findFirst()
                .map(Statement::span)
                .orElse(section.keyword().span());
    }
}
