package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.drbd.DrbdAddress;
import io.diskless.cluster.conf.drbd.DrbdDiskOptions;
import io.diskless.cluster.conf.drbd.DrbdHostConfig;
import io.diskless.cluster.conf.drbd.DrbdNetOptions;
import io.diskless.cluster.conf.drbd.DrbdResourceConfig;
import io.diskless.cluster.conf.drbd.DrbdSecret;
import io.diskless.cluster.conf.drbd.DrbdVolumeConfig;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.state.AfterSplitBrain;
import io.diskless.drbd.state.RoleConflict;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.state.StatePolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * One host's side of a resource of a parsed drbd.conf, as options: addresses, disks, meta-disks, net and disk options. The
 * {@code device} line is ignored: it names the kernel's block device.
 *
 * <p>A setting that changes what happens to data and that is not implemented is an error, which names the option, its place
 * and the remedy; one that only changes how fast something happens, or who is told, is a {@linkplain #warnings() warning}.
 * Immutable, but for its secret: {@link #close} overwrites that, when no resource goes by these options any more. Thread-safe.
 */
public final class ConfiguredResource implements AutoCloseable {
    private static final int KIB = 1024;
    private static final int SECTOR = 512;
    private static final int TENTH_MILLIS = 100;

    /** Options whose effect lies in the kernel, or that are always in their safe position here. */
    private static final Map<String, String> WITHOUT_EFFECT = Map.ofEntries(
            Map.entry("max-buffers", "memory is bounded in another way"),
            Map.entry("sndbuf-size", "the system sizes the buffers of sockets"),
            Map.entry("rcvbuf-size", "the system sizes the buffers of sockets"),
            Map.entry("csums-after-crash-only", "csums-alg serves every resync"),
            Map.entry("disk-flushes", "disks are always flushed where an epoch demands it"),
            Map.entry("disk-drain", "writes of an epoch are always awaited"),
            Map.entry("md-flushes", "meta-data is always flushed"),
            Map.entry("use-rle", "run lengths are sent where they are shorter"),
            Map.entry("tcp-cork", "small packets leave together at the end of a batch"),
            Map.entry("unplug-watermark", "requests go to the disk at once"),
            Map.entry("disk-barrier", "writes of an epoch are always flushed"),
            Map.entry("discard-zeroes-if-aligned", "a discard is a discard, and zeroes are written as zeroes"),
            Map.entry("disable-write-same", "a write-same is written as its block, again and again"),
            Map.entry("max-bio-bvecs", "it belongs to the kernel's block layer"),
            Map.entry("use-bmbv", "it belongs to the kernel's block layer"),
            Map.entry("disk-timeout", "a disk may take any time"),
            Map.entry("read-balancing", "a good local disk is always read"),
            Map.entry("cpu-mask", "threads run on any processor"));

    private final DrbdResourceConfig config;
    private final DrbdHostConfig host;
    private final DrbdHostConfig peer;
    private final NetOptions net;
    private final SyncOptions sync;
    private final String onNoData;
    private final StatePolicy.Fencing fencing;
    private final SplitBrainPolicies policies;
    private final List<String> warnings;

    private ConfiguredResource(DrbdResourceConfig config, DrbdHostConfig host, DrbdHostConfig peer)
            throws DrbdException {
        this.config = config;
        this.host = host;
        this.peer = peer;
        List<String> heard = new ArrayList<>();
        fencing = fencing(config.fencing());
        onNoData = config.settings("options").text("on-no-data-accessible").orElse("io-error");
        warn(heard);
        net = net(config.net());
        sync = sync(host.volumes().get(0).diskOptions());
        policies = policies(config.net());
        warnings = List.copyOf(heard);
    }

    /** Opens what a {@code disk} or {@code meta-disk} line names. */
    @FunctionalInterface
    public interface DeviceOpener {
        /**
         * Called once for each device, however many lines name it.
         *
         * @param path as the configuration has it
         * @return the device, which the one that opened it closes after the resource, and also if {@link #builder} failed
         * @throws IOException if it cannot be opened
         */
        BlockDevice open(String path) throws IOException;
    }

    /**
     * Takes a host's side.
     *
     * @param config a resource of two hosts, without errors
     * @param host this host's name in it
     * @return what the configuration says
     * @throws DrbdException of kind CONFIG if the host is not in it or an option is not implemented, or NOT_SUPPORTED if an
     *     algorithm is missing
     */
    public static ConfiguredResource of(DrbdResourceConfig config, String host) throws DrbdException {
        String known = String.join(
                ", ", config.hosts().stream().map(DrbdHostConfig::name).toList());
        DrbdHostConfig own = config.host(host)
                .orElseThrow(() -> new DrbdException(
                        DrbdException.Kind.CONFIG,
                        place(config, config.statement()) + ": resource \"" + config.name()
                                + "\" has no section for host \"" + host + "\", only for " + known));
        DrbdHostConfig other = config.peerOf(host)
                .orElseThrow(() -> new DrbdException(
                        DrbdException.Kind.CONFIG,
                        place(config, config.statement()) + ": a resource has two hosts, \"" + config.name() + "\" has "
                                + config.hosts().size()));
        if (own.volumes().isEmpty()) {
            throw new DrbdException(
                    DrbdException.Kind.CONFIG,
                    place(config, config.statement()) + ": host \"" + host + "\" has no volume");
        }
        return new ConfiguredResource(config, own, other);
    }

    /** Overwrites the shared secret. Options made of this are of no use any more. A second call does nothing. */
    @Override
    public void close() {
        SharedSecret secret = net.secret();
        if (secret != null) {
            secret.close();
        }
    }

    /** {@return what the configuration asks for and what has no effect here, one line for each, with its place} */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Where this side listens.
     *
     * @return the address of the host's section
     * @throws DrbdException of kind CONFIG if there is none, or one of a family that is not implemented
     */
    public InetSocketAddress local() throws DrbdException {
        return address(host);
    }

    /** {@return how fast to resync and to verify, for {@link DrbdResource#adjust(SyncOptions)}} */
    public SyncOptions sync() {
        return sync;
    }

    /** {@return how to talk to the peer, for {@link DrbdResource#adjust(NetOptions, SplitBrainPolicies)}} */
    public NetOptions net() {
        return net;
    }

    /** {@return who gives in after a split brain, for the same} */
    public SplitBrainPolicies splitBrain() {
        return policies;
    }

    /** {@return what becomes of a peer that this side goes on without} */
    public StatePolicy.Fencing fencing() {
        return fencing;
    }

    /**
     * The command of the {@code handlers} section for an occasion.
     *
     * @param occasion as the section names it, for example {@code fence-peer}
     * @return a command for a shell; empty if there is none
     */
    public Optional<String> handler(String occasion) {
        return config.settings("handlers").text(occasion);
    }

    /** {@return the name of the host on the other side} */
    public String peerName() {
        return peer.name();
    }

    /**
     * The options, but for the transport, with meta-data that exists already.
     *
     * @param opener opens disks and meta-disks
     * @return a builder, to which the caller adds a transport, an executor if devices block, and a handler if a peer is to
     *     be {@linkplain #fencing fenced}
     * @throws IOException if a device cannot be opened
     */
    public DrbdOptions.Builder builder(DeviceOpener opener) throws IOException {
        DrbdOptions.Builder builder = DrbdOptions.builder(config.name())
                .addresses(address(host), address(peer))
                .net(net)
                .sync(sync)
                .splitBrain(policies)
                .fencing(fencing)
                .onNoData(
                        onNoData.equals("suspend-io")
                                ? DrbdOptions.OnNoData.SUSPEND_IO
                                : DrbdOptions.OnNoData.IO_ERROR);
        Map<String, BlockDevice> open = new HashMap<>();
        for (DrbdVolumeConfig volume : host.volumes()) {
            builder.volume(volume(volume, open, opener));
        }
        return builder;
    }

    private VolumeOptions volume(DrbdVolumeConfig volume, Map<String, BlockDevice> open, DeviceOpener opener)
            throws IOException {
        if (volume.disk().isEmpty()) {
            return VolumeOptions.diskless(volume.number());
        }
        String disk = volume.disk().get();
        String meta = disk;
        MetaPlacement placement = MetaPlacement.INTERNAL;
        if (volume.metaDisk() instanceof DrbdVolumeConfig.MetaDisk.Flexible flexible) {
            meta = flexible.device();
            placement = MetaPlacement.FLEXIBLE;
        } else if (volume.metaDisk() instanceof DrbdVolumeConfig.MetaDisk.Indexed indexed) {
            meta = indexed.device();
            placement = MetaPlacement.indexed(indexed.index());
        }
        VolumeOptions.OnIoError onIoError = switch (volume.diskOptions().onIoError()) {
            case "pass_on" -> VolumeOptions.OnIoError.PASS_ON;
            case "call-local-io-error" -> VolumeOptions.OnIoError.CALL_LOCAL_IO_ERROR;
            default -> VolumeOptions.OnIoError.DETACH;
        };
        MetaOptions options = MetaOptions.builder()
                .placement(placement)
                .alExtents(volume.diskOptions().alExtents())
                .alUpdates(volume.diskOptions().alUpdates())
                .build();
        VolumeOptions found = VolumeOptions.of(
                        volume.number(), once(disk, open, opener), once(meta, open, opener), options)
                .onIoError(onIoError)
                .size(volume.diskOptions().sizeBytes().orElse(0))
                .resyncDiscardGranularity(granularity(volume.diskOptions().discardGranularityBytes()));
        OptionalInt first = volume.diskOptions().resyncAfter().map(this::first).orElse(OptionalInt.empty());
        return first.isPresent() ? found.resyncAfter(first.getAsInt()) : found;
    }

    /** A kernel makes a multiple of the disk's own granularity of it; here it is a power of two. */
    private static int granularity(long bytes) {
        return bytes < 4096 ? 0 : Integer.highestOneBit((int) Math.min(bytes, 1 << 20));
    }

    private static BlockDevice once(String path, Map<String, BlockDevice> open, DeviceOpener opener)
            throws IOException {
        BlockDevice device = open.get(path);
        if (device == null) {
            device = opener.open(path);
            open.put(path, device);
        }
        return device;
    }

    private InetSocketAddress address(DrbdHostConfig of) throws DrbdException {
        DrbdAddress address = of.address()
                .orElseThrow(() -> new DrbdException(
                        DrbdException.Kind.CONFIG,
                        place(config, config.statement()) + ": host \"" + of.name() + "\" has no address"));
        if (!address.family().equals("ipv4") && !address.family().equals("ipv6")) {
            throw wrong("address", address.family() + " is not implemented; use ipv4 or ipv6");
        }
        try {
            // A literal: nothing is looked up.
            return new InetSocketAddress(InetAddress.getByName(address.host()), address.port());
        } catch (IOException e) {
            throw new DrbdException(DrbdException.Kind.CONFIG, where("address") + e.getMessage(), e);
        }
    }

    private NetOptions net(DrbdNetOptions from) throws DrbdException {
        NetOptions.Builder to = NetOptions.builder()
                .protocol(ReplicationProtocol.valueOf(String.valueOf(from.protocol())))
                .timeout(from.timeout(), from.koCount())
                .ping(from.pingInterval(), from.pingTimeout())
                .connectInterval(from.connectInterval())
                .settle(settle(from))
                .maxEpochSize(from.maxEpochSize())
                .twoPrimaries(from.allowTwoPrimaries())
                .onCongestion(
                        switch (from.onCongestion()) {
                            case "pull-ahead" -> NetOptions.OnCongestion.PULL_AHEAD;
                            case "disconnect" -> NetOptions.OnCongestion.DISCONNECT;
                            default -> NetOptions.OnCongestion.BLOCK;
                        },
                        from.congestionFillBytes(),
                        from.congestionExtents());
        Optional<DigestAlgorithm> integrity = algorithm("data-integrity-alg", from.dataIntegrityAlg());
        integrity.ifPresent(to::dataIntegrityAlg);
        algorithm("verify-alg", from.verifyAlg()).ifPresent(to::verifyAlg);
        algorithm("csums-alg", from.csumsAlg()).ifPresent(to::csumsAlg);
        Optional<DigestAlgorithm> hmac = algorithm("cram-hmac-alg", from.cramHmacAlg());
        if (hmac.isPresent()) {
            to.authentication(
                    hmac.get(),
                    secret(from.sharedSecret()
                            .orElseThrow(() -> wrong("cram-hmac-alg", "it needs a shared-secret; add one"))));
        }
        try {
            return to.build();
        } catch (IllegalArgumentException e) {
            throw new DrbdException(DrbdException.Kind.CONFIG, where("net") + e.getMessage(), e);
        }
    }

    /** New sockets have to settle within an attempt, or no attempt would ever succeed. */
    private static Duration settle(DrbdNetOptions from) {
        long tenths = from.settings().number("socket-check-timeout");
        Duration wanted = tenths > 0 ? Duration.ofMillis(tenths * TENTH_MILLIS) : from.pingTimeout();
        Duration most = from.connectInterval().dividedBy(2);
        return wanted.compareTo(most) < 0 ? wanted : most;
    }

    private SharedSecret secret(DrbdSecret from) throws DrbdException {
        byte[] bytes = from.bytes();
        try {
            return SharedSecret.of(bytes);
        } catch (IllegalArgumentException e) {
            throw new DrbdException(DrbdException.Kind.CONFIG, where("shared-secret") + e.getMessage(), e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private Optional<DigestAlgorithm> algorithm(String option, Optional<String> name) throws DrbdException {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        DigestAlgorithm found = DigestAlgorithm.ofKernelName(name.get())
                .orElseThrow(() -> wrong(option, "there is no algorithm \"" + name.get() + "\"; try sha256"));
        Optional<String> missing = found.unavailable();
        if (missing.isPresent()) {
            throw new DrbdException(DrbdException.Kind.NOT_SUPPORTED, where(option) + missing.get());
        }
        return Optional.of(found);
    }

    private static SyncOptions sync(DrbdDiskOptions from) {
        return new SyncOptions(
                Math.toIntExact(from.resyncRateBytes() / KIB),
                Math.toIntExact(from.planAhead().toMillis() / TENTH_MILLIS),
                Math.toIntExact(from.delayTarget().toMillis() / TENTH_MILLIS),
                Math.toIntExact(from.fillTargetBytes() / SECTOR),
                Math.toIntExact(from.maxRateBytes() / KIB),
                Math.toIntExact(from.minRateBytes() / KIB));
    }

    private SplitBrainPolicies policies(DrbdNetOptions from) throws DrbdException {
        return new SplitBrainPolicies(
                after("after-sb-0pri", from.afterSb0pri(), 0),
                after("after-sb-1pri", from.afterSb1pri(), 1),
                after("after-sb-2pri", from.afterSb2pri(), 2),
                from.alwaysAsbp(),
                RoleConflict.ofOption(from.rrConflict())
                        .orElseThrow(() -> wrong("rr-conflict", "\"" + from.rrConflict() + "\" is not known")));
    }

    private AfterSplitBrain after(String option, String word, int primaries) throws DrbdException {
        return AfterSplitBrain.ofOption(word)
                .filter(a -> a.fitsFor(primaries))
                .orElseThrow(() -> wrong(option, "it cannot be \"" + word + "\""));
    }

    private void warn(List<String> heard) {
        Set<String> given = new TreeSet<>();
        for (String section : List.of("net", "disk", "options")) {
            given.addAll(config.settings(section).asMap().keySet());
        }
        for (DrbdVolumeConfig v : host.volumes()) {
            given.addAll(v.diskOptions().settings().asMap().keySet());
            v.diskOptions()
                    .resyncAfter()
                    .filter(after -> first(after).isEmpty())
                    .ifPresent(after -> heard.add(where("resync-after")
                            + "no effect here: no resync waits for that of another resource, " + after));
        }
        given.retainAll(WITHOUT_EFFECT.keySet());
        given.forEach(name -> heard.add(where(name) + "no effect here: " + WITHOUT_EFFECT.get(name)));
        SyncOptions first = sync(host.volumes().get(0).diskOptions());
        if (host.volumes().stream().anyMatch(v -> !sync(v.diskOptions()).equals(first))) {
            heard.add(where("disk") + "the resync options of volume "
                    + host.volumes().get(0).number() + " hold for all volumes");
        }
    }

    private StatePolicy.Fencing fencing(String word) throws DrbdException {
        return switch (word) {
            case "dont-care" -> StatePolicy.Fencing.DONT_CARE;
            case "resource-only" -> StatePolicy.Fencing.RESOURCE_ONLY;
            case "resource-and-stonith" -> StatePolicy.Fencing.RESOURCE_AND_STONITH;
            default -> throw wrong("fencing", "it cannot be " + word);
        };
    }

    /** The volume of this resource that {@code resync-after} names: {@code RESOURCE/NUMBER}, or the name alone. */
    private OptionalInt first(String after) {
        String of = config.name() + "/";
        String number = after.equals(config.name()) ? "0" : after.startsWith(of) ? after.substring(of.length()) : "";
        return host.volumes().stream()
                .mapToInt(DrbdVolumeConfig::number)
                .filter(n -> number.equals(String.valueOf(n)))
                .findFirst();
    }

    private DrbdException wrong(String option, String words) {
        return new DrbdException(DrbdException.Kind.CONFIG, where(option) + words);
    }

    /** The last statement of that name in the resource, or in its file, else the resource. */
    private String where(String option) {
        List<Statement> all = new ArrayList<>();
        collect(config.statement(), option, all);
        if (all.isEmpty()) {
            config.tree().all("common").forEach(common -> collect(common, option, all));
        }
        return place(config, all.isEmpty() ? config.statement() : all.get(all.size() - 1)) + ": " + option + ": ";
    }

    private static void collect(Statement in, String keyword, List<Statement> found) {
        for (Statement child : in.children()) {
            if (child.is(keyword)) {
                found.add(child);
            }
            collect(child, keyword, found);
        }
    }

    private static String place(DrbdResourceConfig config, Statement statement) {
        ConfigTree tree = config.tree();
        return tree.text().name() + ":" + tree.text().line(statement.span().start());
    }
}
