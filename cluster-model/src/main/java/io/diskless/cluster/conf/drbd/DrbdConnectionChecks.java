package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What only 9 knows in a resource: node ids and connections. Confined to one call. */
final class DrbdConnectionChecks {
    private final Reporter reporter;
    private final Statement resource;
    private final List<Statement> hosts;
    private final Set<String> names = new HashSet<>();

    DrbdConnectionChecks(Reporter reporter, Statement resource, List<Statement> hosts) {
        this.reporter = reporter;
        this.resource = resource;
        this.hosts = hosts;
        hosts.forEach(h -> h.arguments().forEach(name -> names.add(name.value())));
    }

    void run() {
        nodeIds();
        resource.all("connection").forEach(this::connection);
        resource.all("connection-mesh").forEach(this::mesh);
        boolean connected = Stream.concat(resource.all("connection"), resource.all("connection-mesh"))
                .findAny()
                .isPresent();
        if (hosts.size() > 2 && !connected) {
            reporter.warning(
                    DrbdChecks.nameOf(resource),
                    "no-connection",
                    hosts.size() + " hosts without a connection: none of them would connect",
                    "connection-mesh { hosts ...; }");
        }
    }

    private void nodeIds() {
        // For two hosts the tool chooses the ids, but only if neither has one.
        boolean needed = hosts.size() != 2
                || hosts.stream().anyMatch(h -> h.last("node-id").isPresent());
        Map<String, Statement> seen = new HashMap<>();
        for (Statement host : hosts) {
            Optional<Statement> id = host.last("node-id");
            if (id.isEmpty() && needed) {
                reporter.error(host.keyword().span(), "missing-node-id", "the host has no node-id", "node-id N;");
            }
            id.ifPresent(statement -> {
                String number = statement.argument(0).orElse("");
                Statement first = seen.putIfAbsent(number, statement);
                if (first != null) {
                    reporter.error(
                            statement.span(),
                            "duplicate-node-id",
                            "node-id " + number + " is taken on line "
                                    + reporter.text().line(first.span().start()),
                            "another number from 0 to 31");
                }
            });
        }
    }

    private void connection(Statement connection) {
        List<Statement> ends = connection.all("host").toList();
        boolean paths = connection.all("path").findAny().isPresent();
        if (ends.size() != 2 && !(paths && ends.isEmpty())) {
            reporter.error(
                    connection.keyword().span(),
                    "connection-hosts",
                    "a connection of " + ends.size() + " hosts",
                    "two");
        }
        ends.forEach(this::known);
        connection.all("path").forEach(path -> path.all("host").forEach(this::known));
        if (!connection.arguments().isEmpty()) {
            reporter.warning(
                    connection.arguments().get(0).span(),
                    "connection-name",
                    "the name of a connection is ignored",
                    "{");
        }
    }

    private void known(Statement host) {
        if (!host.arguments().isEmpty()) {
            known(host.arguments().get(0));
        }
    }

    private void known(Word name) {
        if (!names.contains(name.value())) {
            reporter.error(
                    name.span(),
                    "unknown-host",
                    "host " + name.value() + " has no section in this resource",
                    "one of " + String.join(", ", names.stream().sorted().toList()));
        }
    }

    private void mesh(Statement mesh) {
        List<Word> members =
                mesh.all("hosts").flatMap(h -> h.arguments().stream()).toList();
        members.forEach(this::known);
        if (members.size() < 2) {
            Span span = mesh.keyword().span();
            reporter.warning(
                    span, "mesh-hosts", "a mesh of " + members.size() + " hosts connects nothing", "two or more");
        }
    }
}
