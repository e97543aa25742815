package io.diskless.cluster.importing;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.conf.drbd.DrbdHostConfig;
import io.diskless.cluster.conf.drbd.DrbdNetOptions;
import io.diskless.cluster.conf.drbd.DrbdResourceConfig;
import io.diskless.cluster.conf.drbd.DrbdVolumeConfig;
import io.diskless.cluster.conf.md.MdadmConfig;
import io.diskless.cluster.conf.ocfs2.Ocfs2Cluster;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import io.diskless.cluster.conf.ocfs2.Ocfs2Node;
import io.diskless.cluster.conf.vblade.VbladeConfig;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What the storage programs' files say. Not thread-safe. */
final class StorageReading {
    /** What one machine's file says of a cluster. */
    private record Copy(String host, ConfigTree tree, Ocfs2Cluster cluster) {}

    private final Reading reading;
    private final Map<String, List<Copy>> clusters = new TreeMap<>();
    /** Arrays by what tells that two hosts mean one: a UUID, or members that are the same layers. */
    private final Map<String, LayerId> arrays = new TreeMap<>();

    private final Map<LayerId, MdArray> read = new TreeMap<>();
    private final Map<LayerId, ConfigText> texts = new TreeMap<>();

    StorageReading(Reading reading) {
        this.reading = reading;
    }

    private static LayerId volume(DrbdResourceConfig resource, DrbdVolumeConfig volume) {
        return new LayerId(volume.number() == 0 ? resource.name() : resource.name() + "-" + volume.number());
    }

    void declare(String host, DrbdConfig config) {
        reading.machines().dialect(host, config.dialect());
        for (DrbdResourceConfig resource : config.resources()) {
            for (DrbdHostConfig on : resource.hosts()) {
                on.address()
                        .filter(address -> address.family().equals("ipv4"))
                        .ifPresent(address -> reading.machines().address(on.name(), address.host()));
                reading.machines().is(on.name(), Machines.Trait.STORES);
                reading.machines().dialect(on.name(), config.dialect());
                for (DrbdVolumeConfig volume : on.volumes()) {
                    LayerId id = volume(resource, volume);
                    reading.devices().device(on.name(), "/dev/drbd" + volume.minor(), id);
                    reading.devices().device(on.name(), volume.device(), id);
                    reading.devices().resource(resource.name(), id);
                }
            }
        }
    }

    void declare(String host, MdadmConfig config) {
        reading.machines().is(host, Machines.Trait.STORES);
        for (io.diskless.cluster.conf.md.MdArray array : config.arrays()) {
            List<String> same = sameness(host, array);
            LayerId id = same.stream()
                    .map(arrays::get)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseGet(() -> Devices.name(host, array.device()));
            same.forEach(key -> arrays.putIfAbsent(key, id));
            reading.devices().device(host, array.device(), id);
        }
    }

    /** Members are the same on two hosts if both are layers that files tell of, such as exports; a host's disks are its own. */
    private List<String> sameness(String host, io.diskless.cluster.conf.md.MdArray array) {
        List<String> keys = new ArrayList<>();
        array.uuid().ifPresent(uuid -> keys.add("uuid " + uuid.toLowerCase(Locale.ROOT)));
        List<Optional<LayerId>> members = array.devices().stream()
                .map(path -> reading.devices().layer(host, path))
                .toList();
        if (!members.isEmpty() && members.stream().allMatch(Optional::isPresent)) {
            keys.add("members "
                    + members.stream().flatMap(Optional::stream).sorted().toList());
        }
        return keys;
    }

    void declare(String host, VbladeConfig config) {
        config.export().ifPresent(export -> {
            reading.machines().is(host, Machines.Trait.EXPORTS);
            reading.machines().port(host, export.netif());
            reading.devices()
                    .export(
                            export.address().toString(),
                            Devices.name(host, export.address().toString()));
        });
    }

    void read(DrbdConfig config) {
        for (DrbdResourceConfig resource : config.resources()) {
            Map<LayerId, List<Replica>> copies = new TreeMap<>();
            Map<LayerId, Set<DrbdNumbers>> numbers = new TreeMap<>();
            ConfigText text = resource.tree().text();
            int offset = resource.statement().span().start();
            for (DrbdHostConfig on : resource.hosts()) {
                for (DrbdVolumeConfig volume : on.volumes()) {
                    // Volumes of one resource share its port; in the model each has a resource of its own.
                    if (volume.number() == 0) {
                        on.address()
                                .ifPresent(address -> numbers.computeIfAbsent(
                                                volume(resource, volume), id -> new LinkedHashSet<>())
                                        .add(new DrbdNumbers(volume.minor(), address.port())));
                    }
                    if (volume.disk().isPresent()) {
                        List<Replica> all = copies.computeIfAbsent(volume(resource, volume), id -> new ArrayList<>());
                        all.add(new Replica(
                                new NodeId(on.name()),
                                on.nodeId().orElse(all.size()),
                                reading.lower(
                                        text, offset, on.name(), volume.disk().get()),
                                false,
                                Replica.State.UNKNOWN));
                    }
                }
            }
            copies.forEach((id, replicas) -> {
                DrbdVolume volume = new DrbdVolume(id, replicas, policy(resource), new DualPrimary.Never());
                Set<DrbdNumbers> told = numbers.getOrDefault(id, Set.of());
                if (told.size() > 1) {
                    reading.warn(
                            text,
                            offset,
                            "numbers",
                            id + " has another minor or port on each machine, " + told
                                    + "; in the model it has one of each, the same everywhere");
                }
                reading.put(
                        text,
                        offset,
                        told.size() == 1 ? volume.numbers(told.iterator().next()) : volume);
                if (resource.net().allowTwoPrimaries()) {
                    reading.warn(
                            text,
                            offset,
                            "two-primaries",
                            resource.name() + " allows two Primaries always; the model lends that for one operation");
                }
            });
        }
    }

    private static DrbdPolicy policy(DrbdResourceConfig resource) {
        DrbdNetOptions net = resource.net();
        Optional<DrbdPolicy.Authentication> both = net.cramHmacAlg()
                .flatMap(algorithm -> net.sharedSecret().map(secret -> {
                    byte[] bytes = secret.bytes();
                    int length = bytes.length;
                    java.util.Arrays.fill(bytes, (byte) 0);
                    return new DrbdPolicy.Authentication(algorithm, "secrets/" + resource.name(), length);
                }));
        DrbdPolicy.Fencing fencing = switch (resource.fencing()) {
            case "resource-and-stonith" -> DrbdPolicy.Fencing.RESOURCE_AND_STONITH;
            case "resource-only" -> DrbdPolicy.Fencing.RESOURCE_ONLY;
            default -> DrbdPolicy.Fencing.DONT_CARE;
        };
        DrbdPolicy.Quorum quorum = switch (quorum(resource)) {
            case "majority" -> DrbdPolicy.Quorum.MAJORITY;
            case "all" -> DrbdPolicy.Quorum.ALL;
            default -> DrbdPolicy.Quorum.OFF;
        };
        return new DrbdPolicy(
                DrbdPolicy.Protocol.valueOf(String.valueOf(net.protocol()).toUpperCase(Locale.ROOT)),
                fencing,
                quorum,
                both,
                net.verifyAlg().orElse(""),
                "",
                net.dataIntegrityAlg().orElse(""));
    }

    private static String quorum(DrbdResourceConfig resource) {
        return resource.dialect() == DrbdDialect.V9
                ? resource.settings("options").text("quorum").orElse("off")
                : "off";
    }

    void read(String host, MdadmConfig config) {
        ConfigText text = config.text();
        config.arrays().forEach(array -> {
            Optional<MdArray.Level> level = array.level().flatMap(StorageReading::level);
            if (level.isEmpty() || array.devices().isEmpty()) {
                reading.warn(
                        text,
                        0,
                        "array",
                        array.device() + " tells no level that we know, or no devices, and is left out");
                return;
            }
            List<LayerId> members = new ArrayList<>();
            array.devices().forEach(path -> members.add(reading.lower(text, 0, host, path)));
            LayerId id = reading.devices().layer(host, array.device()).orElseThrow();
            NodeId here = new NodeId(host);
            MdArray known = read.get(id);
            texts.putIfAbsent(id, text);
            if (known == null) {
                read.put(
                        id,
                        new MdArray(
                                id, level.get(), members, List.of(here), MdArray.Bitmap.NONE, List.of(), List.of()));
                return;
            }
            if (known.level() != level.get() || !Set.copyOf(known.members()).equals(Set.copyOf(members))) {
                reading.disagree(
                        text,
                        0,
                        known.activeOn() + " and " + host + " disagree on " + id + ": " + known.level() + " of "
                                + known.members() + " and " + level.get() + " of " + members);
            }
            List<NodeId> hosts = new ArrayList<>(known.activeOn());
            hosts.add(here);
            read.put(
                    id,
                    new MdArray(id, known.level(), known.members(), hosts, MdArray.Bitmap.NONE, List.of(), List.of()));
        });
    }

    private static Optional<MdArray.Level> level(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "linear" -> Optional.of(MdArray.Level.LINEAR);
            case "raid0", "0", "stripe" -> Optional.of(MdArray.Level.RAID0);
            case "raid1", "1", "mirror" -> Optional.of(MdArray.Level.RAID1);
            case "raid5", "5" -> Optional.of(MdArray.Level.RAID5);
            case "raid6", "6" -> Optional.of(MdArray.Level.RAID6);
            case "raid10", "10" -> Optional.of(MdArray.Level.RAID10);
            default -> Optional.empty();
        };
    }

    void read(String host, VbladeConfig config) {
        config.export()
                .ifPresent(export -> reading.put(
                        config.text(),
                        0,
                        new AoeExport(
                                Devices.name(host, export.address().toString()),
                                export.address(),
                                new NodeId(host),
                                export.netif(),
                                Machines.SEGMENT,
                                reading.lower(config.text(), 0, host, export.filename()),
                                access(export.options()),
                                words(export.options()).contains("-r"),
                                1500,
                                0)));
    }

    private static List<String> words(String options) {
        return List.of(options.strip().split("\\s+", -1));
    }

    /** The list behind {@code -m}; the last one counts, as with every option. */
    private static AoeExport.Access access(String options) {
        List<String> words = words(options);
        int list = words.lastIndexOf("-m");
        if (list < 0 || list + 1 == words.size()) {
            return new AoeExport.Access.Open();
        }
        return new AoeExport.Access.StaticList(Stream.of(words.get(list + 1).split(",", -1))
                .map(MacAddress::parse)
                .toList());
    }

    void read(String host, Ocfs2Config config) {
        for (Ocfs2Cluster cluster : config.clusters()) {
            clusters.computeIfAbsent(cluster.name(), name -> new ArrayList<>())
                    .add(new Copy(host, config.tree(), cluster));
        }
    }

    /** What takes all files: arrays of several machines, each machine's view of each cluster. */
    void end() {
        read.values().forEach(array -> reading.put(Objects.requireNonNull(texts.get(array.id())), 0, array));
        clusters.forEach((name, copies) -> {
            Copy first = copies.get(0);
            copies.stream().skip(1).forEach(other -> compare(first, other));
            List<OcfsCluster.Copy> files = new ArrayList<>();
            for (Copy copy : copies) {
                files.add(new OcfsCluster.Copy(new NodeId(copy.host()), members(copy)));
            }
            List<OcfsCluster.Member> members = members(first);
            members.forEach(member -> reading.machines().known(member.node().name()));
            Ocfs2Cluster cluster = first.cluster();
            reading.put(
                    first.tree().text(),
                    0,
                    new OcfsCluster(
                            new OcfsId(name),
                            members.size(),
                            cluster.globalHeartbeat(),
                            cluster.regions(),
                            members,
                            files));
        });
    }

    private List<OcfsCluster.Member> members(Copy copy) {
        List<OcfsCluster.Member> members = new ArrayList<>();
        for (Ocfs2Node node : copy.cluster().nodes()) {
            reading.address(copy.tree().text(), offset(copy, node.name(), "ip_address"), node.address())
                    .ifPresent(address -> members.add(
                            new OcfsCluster.Member(new NodeId(node.name()), node.number(), address, node.port())));
        }
        return members;
    }

    private void compare(Copy first, Copy other) {
        Map<String, Ocfs2Node> names = new TreeMap<>();
        first.cluster().nodes().forEach(node -> names.put(node.name(), node));
        for (Ocfs2Node node : other.cluster().nodes()) {
            Ocfs2Node known = names.remove(node.name());
            if (known == null) {
                reading.disagree(
                        other.tree().text(),
                        offset(other, node.name(), "name"),
                        node.name() + " is not in the file of " + first.host());
                continue;
            }
            field(first, other, node.name(), "number", known.number(), node.number());
            field(first, other, node.name(), "ip_address", known.address(), node.address());
            field(first, other, node.name(), "ip_port", known.port(), node.port());
        }
        names.keySet()
                .forEach(missing -> reading.disagree(
                        other.tree().text(),
                        0,
                        missing + " is in the file of " + first.host() + " and not in this one"));
    }

    private void field(Copy first, Copy other, String node, String field, Object one, Object two) {
        if (!one.equals(two)) {
            reading.disagree(
                    other.tree().text(),
                    offset(other, node, field),
                    first.host() + " and " + other.host() + " disagree on " + field + " of " + node + ": " + one
                            + " and " + two);
        }
    }

    /** Where a node's field stands. */
    private static int offset(Copy copy, String node, String field) {
        return copy.tree().statements().stream()
                .filter(stanza -> stanza.children().stream()
                        .anyMatch(key -> key.is("name")
                                && key.argument(0).filter(node::equals).isPresent()))
                .flatMap(stanza -> stanza.children().stream())
                .filter(key -> key.is(field))
                .mapToInt(key -> key.span().start())
                .findFirst()
                .orElse(0);
    }
}
