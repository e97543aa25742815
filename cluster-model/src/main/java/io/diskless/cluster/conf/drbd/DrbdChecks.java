package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.drbd.DrbdFile.Located;
import io.diskless.cluster.conf.drbd.DrbdHostConfig.Kind;
import io.diskless.cluster.conf.internal.Reporter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks at what belongs together in one resource and across all files: sections that stand twice, hosts that lack
 * something, options that need each other. What two resources may not share is in {@link DrbdConflicts}. Confined to one
 * call.
 */
final class DrbdChecks {
    private final DrbdDialect dialect;
    private final List<Located> statements;
    private final List<Located> located;
    private final List<DrbdResourceConfig> resources;

    DrbdChecks(
            DrbdDialect dialect, List<Located> statements, List<Located> located, List<DrbdResourceConfig> resources) {
        this.dialect = dialect;
        this.statements = statements;
        this.located = located;
        this.resources = resources;
    }

    void run() {
        acrossFiles();
        for (int i = 0; i < located.size(); i++) {
            resource(located.get(i), resources.get(i));
        }
        new DrbdConflicts(dialect, located, resources).run();
    }

    /** What stands twice in one file the parser has said. */
    private void acrossFiles() {
        Map<String, Located> seen = new HashMap<>();
        for (Located here : statements) {
            String key = DrbdGrammar.TOP.uniqueKey(here.statement(), dialect);
            Located first = key.isEmpty() ? null : seen.putIfAbsent(key, here);
            if (first != null && !first.file().equals(here.file())) {
                here.file()
                        .reporter()
                        .error(
                                here.statement().keyword().span(),
                                "duplicate-section",
                                key + " stands twice, first at " + first.place(),
                                "");
            }
        }
    }

    private void resource(Located here, DrbdResourceConfig config) {
        Reporter reporter = here.file().reporter();
        Statement resource = here.statement();
        List<Statement> sections = DrbdModel.hostSections(resource).toList();
        if (dialect == DrbdDialect.V8_3 && !config.settings("net").isSet("protocol")) {
            reporter.error(nameOf(resource), "missing-protocol", "8.3 wants a protocol", "protocol C;");
        }
        hostCount(reporter, resource, sections);
        hostNames(reporter, sections);
        for (Statement section : sections) {
            host(reporter, resource, section);
        }
        sameVolumes(reporter, resource, sections);
        if (dialect == DrbdDialect.V9) {
            new DrbdConnectionChecks(reporter, resource, sections).run();
        }
        primaries(reporter, resource, config);
        secret(reporter, resource, config);
        references(reporter, resource, config);
    }

    private void hostCount(Reporter reporter, Statement resource, List<Statement> sections) {
        if (sections.isEmpty()) {
            reporter.report(
                    dialect == DrbdDialect.V9,
                    nameOf(resource),
                    "no-host",
                    "the resource has no host",
                    "two on sections");
        } else if (dialect != DrbdDialect.V9 && sections.size() != 2) {
            reporter.warning(
                    nameOf(resource),
                    "host-count",
                    sections.size() + (sections.size() == 1 ? " host" : " hosts") + ", but " + dialect.release()
                            + " connects two",
                    "two on sections");
        }
    }

    private static void hostNames(Reporter reporter, List<Statement> sections) {
        Map<String, Statement> seen = new HashMap<>();
        for (Statement section : sections) {
            for (Word name : section.is("on") ? section.arguments() : List.<Word>of()) {
                Statement first = seen.putIfAbsent(name.value(), section);
                boolean said = first != null
                        && first.arguments().size() == 1
                        && section.arguments().size() == 1;
                if (first != null && !said) {
                    reporter.error(name.span(), "duplicate-host", "host " + name.value() + " has two sections", "");
                }
            }
        }
    }

    private void host(Reporter reporter, Statement resource, Statement section) {
        boolean stacked = section.is("stacked-on-top-of");
        Span where = section.keyword().span();
        if (!section.is("floating") && section.last("address").isEmpty()) {
            reporter.error(where, "missing-address", "the host has no address", "address ADDRESS:PORT;");
        }
        boolean mixed = !section.all("volume").toList().isEmpty()
                || !resource.all("volume").toList().isEmpty();
        if (mixed && (DrbdModel.isImplicit(section) || DrbdModel.isImplicit(resource))) {
            reporter.error(
                    where,
                    "volume-0-implicit",
                    "device or disk outside a volume beside volume sections",
                    "volume 0 { }");
        }
        DrbdModel.volumeSources(resource, section).forEach((number, sources) -> {
            for (String keyword : List.of("device", "disk", "meta-disk")) {
                boolean needed =
                        keyword.equals("device") || (!stacked && (keyword.equals("disk") || dialect != DrbdDialect.V9));
                if (needed && DrbdModel.last(sources, keyword).isEmpty()) {
                    reporter.error(
                            where,
                            "missing-" + keyword,
                            "volume " + number + " has no " + keyword + " on this host",
                            keyword + (keyword.equals("meta-disk") ? " internal;" : " /dev/...;"));
                }
            }
        });
    }

    private static void sameVolumes(Reporter reporter, Statement resource, List<Statement> sections) {
        Set<Integer> all = new HashSet<>();
        sections.forEach(s -> all.addAll(DrbdModel.volumeSources(resource, s).keySet()));
        for (Statement section : sections) {
            Set<Integer> missing = new HashSet<>(all);
            missing.removeAll(DrbdModel.volumeSources(resource, section).keySet());
            for (int number : missing) {
                reporter.error(
                        section.keyword().span(),
                        "volume-missing",
                        "volume " + number + " is not defined on this host, but on another",
                        "volume " + number + " { }");
            }
        }
        List<Statement> owners = new ArrayList<>(sections);
        owners.add(resource);
        for (Statement owner : owners) {
            Set<String> seen = new HashSet<>();
            owner.all("volume").forEach(volume -> {
                if (!seen.add(volume.argument(0).orElse(""))) {
                    reporter.warning(
                            volume.keyword().span(),
                            "duplicate-volume",
                            "volume " + volume.argument(0).orElse("") + " stands twice",
                            "one section for each number");
                }
            });
        }
    }

    private void primaries(Reporter reporter, Statement resource, DrbdResourceConfig config) {
        if (config.net().allowTwoPrimaries() && config.net().protocol() != 'C') {
            reporter.warning(
                    optionSpan(resource, "allow-two-primaries"),
                    "two-primaries-protocol",
                    "two primaries with protocol " + config.net().protocol() + ": the kernel refuses it",
                    "protocol C");
        }
        for (String name :
                config.settings("startup").text("become-primary-on").orElse("").split(" ", -1)) {
            boolean known =
                    name.isEmpty() || name.equals("both") || config.host(name).isPresent();
            if (!known) {
                reporter.report(
                        dialect != DrbdDialect.V9,
                        optionSpan(resource, "become-primary-on"),
                        "unknown-host",
                        "become-primary-on names " + name + ", which has no section",
                        "a host of this resource, or both");
            }
        }
    }

    private static void secret(Reporter reporter, Statement resource, DrbdResourceConfig config) {
        boolean algorithm = config.net().cramHmacAlg().isPresent();
        boolean secret = config.net().sharedSecret().isPresent();
        if (algorithm && !secret) {
            reporter.warning(
                    optionSpan(resource, "cram-hmac-alg"),
                    "algorithm-without-secret",
                    "cram-hmac-alg without a shared-secret: peers cannot prove themselves",
                    "shared-secret \"...\";");
        } else if (secret && !algorithm) {
            reporter.warning(
                    optionSpan(resource, DrbdSettings.SECRET),
                    "secret-without-algorithm",
                    "a shared-secret without cram-hmac-alg: nobody asks for it",
                    "cram-hmac-alg sha256;");
        }
    }

    private void references(Reporter reporter, Statement resource, DrbdResourceConfig config) {
        Optional<String> after = config.disk().resyncAfter();
        if (after.isPresent()) {
            String name = after.get().split("/", 2)[0];
            if (resources.stream().noneMatch(r -> r.name().equals(name))) {
                String written = dialect == DrbdDialect.V8_3 ? "after" : "resync-after";
                Span span = optionSpan(resource, written);
                reporter.warning(
                        span.equals(nameOf(resource)) ? optionSpan(resource, "after") : span,
                        "unknown-resource",
                        "the resync waits for " + name + ", which is not defined",
                        "the name of a resource");
            }
        }
        for (DrbdHostConfig host : config.hosts()) {
            if (host.kind() == Kind.STACKED) {
                String below = host.name();
                if (resources.stream().noneMatch(r -> r.name().equals(below))) {
                    reporter.error(
                            nameOf(resource),
                            "unknown-resource",
                            "stacked on top of " + below + ", which is not defined",
                            "the name of a resource");
                }
            }
        }
    }

    /** Where an option of a resource stands, or the resource's name if it comes from elsewhere. */
    private static Span optionSpan(Statement resource, String option) {
        return resource.children().stream()
                .flatMap(s -> s.children().stream())
                .filter(s -> s.is(option))
                .reduce((a, b) -> b)
                .map(s -> s.keyword().span())
                .orElse(nameOf(resource));
    }

    static Span nameOf(Statement resource) {
        return resource.arguments().isEmpty()
                ? resource.keyword().span()
                : resource.arguments().get(0).span();
    }
}
