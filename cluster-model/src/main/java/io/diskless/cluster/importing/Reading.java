package io.diskless.cluster.importing;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Severity;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.dhcp.DhcpHost;
import io.diskless.cluster.conf.dhcp.DhcpdConfig;
import io.diskless.cluster.conf.dhcp.DnsmasqConfig;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.guest.LibvirtDomain;
import io.diskless.cluster.conf.guest.XlConfig;
import io.diskless.cluster.conf.ha.CibConfig;
import io.diskless.cluster.conf.ha.CorosyncConfig;
import io.diskless.cluster.conf.ha.HaResources;
import io.diskless.cluster.conf.ha.HeartbeatConfig;
import io.diskless.cluster.conf.internal.Values;
import io.diskless.cluster.conf.md.MdadmConfig;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import io.diskless.cluster.conf.vblade.VbladeConfig;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.NetbootProfile;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads the files of a site: first what each is, then what devices there are, then what lies on what. Not thread-safe. */
final class Reading {
    /** A correction may uncover what the next reading corrects; more than this it never takes. */
    private static final int MOST_REPAIRS = 4;

    /** The least that a disk can have, where no file says how large it is. */
    private static final long STANDS_IN_BYTES = 512;

    private record Document(String host, ConfigDocument content) {}

    private final List<Document> documents = new ArrayList<>();
    private final List<Diagnostic> findings = new ArrayList<>();
    private final Map<String, ConfigText> repaired = new TreeMap<>();
    private final Map<EntityId, Entity> entities = new TreeMap<>();
    private final Set<MacAddress> guests = new HashSet<>();
    private final Machines machines = new Machines();
    private final Devices devices = new Devices();

    Reading(List<HostFiles> hosts) {
        for (HostFiles host : hosts) {
            NodeId id = new NodeId(host.host());
            if (machines.isKnown(id.name())) {
                throw new IllegalArgumentException("two folders are of " + id);
            }
            machines.known(id.name());
        }
        for (HostFiles host : hosts) {
            // What drbd.conf includes means nothing without what stands before it.
            Set<String> included = new HashSet<>();
            for (ConfigText text : host.files()) {
                language(text).ifPresent(language -> documents.add(new Document(host.host(), read(language, text))));
            }
            for (Document document : documents) {
                if (document.content() instanceof DrbdConfig drbd) {
                    drbd.trees().stream()
                            .skip(1)
                            .map(tree -> tree.text().name())
                            .forEach(included::add);
                }
            }
            documents.removeIf(document -> document.content() instanceof DrbdConfig
                    && included.contains(document.content().text().name()));
        }
    }

    Machines machines() {
        return machines;
    }

    Devices devices() {
        return devices;
    }

    private Optional<Language> language(ConfigText text) {
        Optional<Language> found = Language.of(text).filter(language -> language != Language.MODEL);
        if (found.isEmpty()) {
            warn(text, 0, "language", "is of no language that can be told, and is left out");
        }
        return found;
    }

    /** Reads a text, corrects what is certain, and reads it again. */
    private ConfigDocument read(Language language, ConfigText text) {
        ConfigDocument document = language.parse(text);
        findings.addAll(document.diagnostics());
        for (int i = 0; i < MOST_REPAIRS; i++) {
            ConfigText better = document.text().repaired(document.diagnostics());
            if (better.equals(document.text())) {
                return document;
            }
            repaired.put(text.name(), better);
            document = language.parse(better);
        }
        return document;
    }

    void warn(ConfigText text, int offset, String code, String message) {
        findings.add(new Diagnostic(
                Severity.WARNING,
                "import." + code,
                text.position(Math.min(offset, text.length())),
                Span.at(Math.min(offset, text.length())),
                message,
                "",
                List.of()));
    }

    /** Two files say two things of one. */
    void disagree(ConfigText text, int offset, String message) {
        findings.add(new Diagnostic(
                Severity.ERROR,
                "import.disagree",
                text.position(Math.min(offset, text.length())),
                Span.at(Math.min(offset, text.length())),
                message,
                "one value everywhere",
                List.of()));
    }

    /** Takes a thing over; of two that differ the first stays. */
    void put(ConfigText text, int offset, Entity entity) {
        Entity first = entities.putIfAbsent(entity.id(), entity);
        if (first != null && !first.equals(entity)) {
            disagree(
                    text, offset, entity.id() + " is something else in another file: " + Differences.of(first, entity));
        }
    }

    /** The layer of a path on a machine: what another file says of it, else a disk. */
    LayerId lower(ConfigText text, int offset, String host, String path) {
        Optional<LayerId> known = devices.layer(host, path);
        if (known.isPresent()) {
            return known.get();
        }
        LayerId id = Devices.name(host, path);
        if (!entities.containsKey(id)) {
            String why = Devices.isAoe(path)
                    ? path + " is served by no export that was read; a disk stands in"
                    : "no file says how large " + path + " of " + host + " is; " + STANDS_IN_BYTES + " bytes stand in";
            warn(text, offset, "stands-in", why);
            entities.put(id, new Disk(id, new NodeId(host), path, STANDS_IN_BYTES));
        }
        return id;
    }

    /** What stands in for a profile that no file tells of. */
    ProfileId profile(ConfigText text) {
        ProfileId id = new ProfileId("network");
        warn(
                text,
                0,
                "stands-in",
                "no file says what a guest boots from the network; " + id + " with vmlinuz stands in");
        entities.putIfAbsent(id, new NetbootProfile(id, "vmlinuz", "", ""));
        return id;
    }

    void guest(MacAddress mac) {
        guests.add(mac);
    }

    Optional<Ipv4Address> address(ConfigText text, int offset, String address) {
        if (Values.isIpv4(address)) {
            return Optional.of(Ipv4Address.parse(address));
        }
        warn(text, offset, "address", "\"" + address + "\" is no IPv4 address and is left out");
        return Optional.empty();
    }

    SiteImport site() {
        StorageReading storage = new StorageReading(this);
        GuestReading guest = new GuestReading(this);
        PairReading pairs = new PairReading(this);
        for (Document document : documents) {
            String host = document.host();
            if (document.content() instanceof DrbdConfig drbd) {
                storage.declare(host, drbd);
            } else if (document.content() instanceof VbladeConfig export) {
                storage.declare(host, export);
            }
        }
        // After what arrays can be made of, for that tells whether two machines assemble the same one.
        for (Document document : documents) {
            if (document.content() instanceof MdadmConfig md) {
                storage.declare(document.host(), md);
            }
        }
        for (Document document : documents) {
            String host = document.host();
            if (document.content() instanceof DrbdConfig drbd) {
                storage.read(drbd);
            } else if (document.content() instanceof MdadmConfig md) {
                storage.read(host, md);
            } else if (document.content() instanceof VbladeConfig export) {
                storage.read(host, export);
            } else if (document.content() instanceof Ocfs2Config ocfs) {
                storage.read(host, ocfs);
            } else if (document.content() instanceof XlConfig xl) {
                guest.read(host, xl);
            } else if (document.content() instanceof LibvirtDomain domain) {
                guest.read(host, domain);
            } else if (document.content() instanceof CorosyncConfig corosync) {
                pairs.read(host, corosync);
            } else if (document.content() instanceof CibConfig cib) {
                pairs.read(host, cib);
            } else if (document.content() instanceof HeartbeatConfig heartbeat) {
                pairs.read(host, heartbeat);
            } else if (document.content() instanceof HaResources resources) {
                pairs.read(host, resources);
            }
        }
        storage.end();
        pairs.end();
        // After the guests, for a host entry of a guest's address is no machine's.
        for (Document document : documents) {
            if (document.content() instanceof DhcpdConfig dhcpd) {
                machines.is(document.host(), Machines.Trait.SERVES_BOOT);
                hosts(dhcpd.text(), dhcpd.tree(), dhcpd.hosts());
            } else if (document.content() instanceof DnsmasqConfig dnsmasq) {
                machines.is(document.host(), Machines.Trait.SERVES_BOOT);
                hosts(dnsmasq.text(), dnsmasq.tree(), dnsmasq.hosts());
            }
        }
        return new SiteImport(model(), findings, repaired);
    }

    private void hosts(ConfigText text, ConfigTree tree, List<DhcpHost> hosts) {
        for (DhcpHost host : hosts) {
            int offset = tree.flatten().stream()
                    .filter(statement ->
                            statement.argument(0).filter(host.name()::equals).isPresent())
                    .mapToInt(statement -> statement.span().start())
                    .findFirst()
                    .orElse(0);
            if (host.name().isEmpty() || host.macs().stream().anyMatch(guests::contains)) {
                continue;
            }
            if (!machines.isKnown(host.name())) {
                warn(text, offset, "unknown-host", host.name() + " is known by its host entry only");
            }
            Optional<Ipv4Address> address =
                    host.addresses().stream().findFirst().flatMap(first -> address(text, offset, first));
            host.macs().forEach(mac -> machines.port(host.name(), mac, address));
        }
    }

    private Model model() {
        List<Entity> all = new ArrayList<>(entities.values());
        all.add(Segment.of(Machines.SEGMENT.name()));
        for (String host : machines.names()) {
            for (Ipv4Address address : machines.placeAddresses(host)) {
                warn(
                        ConfigText.of(host, ""),
                        0,
                        "port",
                        "no file says which port of " + host + " has " + address + "; the address is left out");
            }
            all.add(machines.node(host));
            if (machines.isHardwareNode(host)) {
                warn(
                        ConfigText.of(host, ""),
                        0,
                        "stands-in",
                        "no file says how many processors and how much memory " + host + " has; 1 and 1 MiB stand in");
            }
        }
        Model model = Model.empty().with(all);
        try {
            return DrbdNumbers.complete(model);
        } catch (IllegalArgumentException full) {
            warn(ConfigText.of("", ""), 0, "numbers", String.valueOf(full.getMessage()));
            return model;
        }
    }
}
