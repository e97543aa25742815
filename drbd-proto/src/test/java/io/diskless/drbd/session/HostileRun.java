package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.netty.LinkOptions;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.SocketKind;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.local.LocalAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Two good sides come to a certain point of their conversation; there, one of them falls silent, and somebody speaks in its
 * name ({@link HostileFrames}). The other one is looked at. Everything is drawn from one seed. Not thread-safe.
 */
final class HostileRun implements AutoCloseable {
    static final int SIZE = 256 << 10;

    private static final SyncOptions SYNC = new SyncOptions(250, 20, 10, 100, 1_000_000);
    private static final int[] VERSIONS = {86, 87, 88, 89, 90, 91, 94, 95, 96, 97, 100, 101};
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final byte HERE = (byte) 0xA1;
    private static final byte THERE = (byte) 0xB2;

    /** Where the peer falls silent. */
    enum Scene {
        BEFORE_PROTOCOL(Role.SECONDARY, ConnectionState.WF_REPORT_PARAMS, PacketType.PROTOCOL),
        BEFORE_SIZES(Role.SECONDARY, ConnectionState.WF_REPORT_PARAMS, PacketType.SIZES),
        BEFORE_UUIDS(Role.SECONDARY, ConnectionState.WF_REPORT_PARAMS, PacketType.UUIDS),
        BEFORE_STATE(Role.SECONDARY, ConnectionState.WF_REPORT_PARAMS, PacketType.STATE),
        WF_BITMAP_S(Role.PRIMARY, ConnectionState.WF_BITMAP_S, PacketType.BITMAP, PacketType.COMPRESSED_BITMAP),
        WF_BITMAP_T(Role.SECONDARY, ConnectionState.WF_BITMAP_T, PacketType.BITMAP, PacketType.COMPRESSED_BITMAP),
        WF_SYNC_UUID(Role.SECONDARY, ConnectionState.WF_SYNC_UUID, PacketType.SYNC_UUID),
        SYNC_SOURCE(
                Role.PRIMARY,
                ConnectionState.SYNC_SOURCE,
                PacketType.RS_DATA_REQUEST,
                PacketType.RS_THIN_REQ,
                PacketType.CSUM_RS_REQUEST),
        SYNC_TARGET(Role.SECONDARY, ConnectionState.SYNC_TARGET, PacketType.RS_DATA_REPLY, PacketType.RS_DEALLOCATED),
        CONNECTED(Role.SECONDARY, ConnectionState.CONNECTED),
        CONNECTED_PRIMARY(Role.PRIMARY, ConnectionState.CONNECTED),
        VERIFY_S(Role.PRIMARY, ConnectionState.VERIFY_S, PacketType.OV_REPLY),
        VERIFY_T(Role.PRIMARY, ConnectionState.VERIFY_T, PacketType.OV_REQUEST),
        LEAVING(Role.PRIMARY, ConnectionState.CONNECTED);

        private final Role role;
        private final ConnectionState state;

        @SuppressWarnings("ImmutableEnumChecker") // Nobody changes it.
        private final Set<PacketType> words = EnumSet.noneOf(PacketType.class);

        Scene(Role role, ConnectionState state, PacketType... words) {
            this.role = role;
            this.state = state;
            this.words.addAll(List.of(words));
        }

        boolean isEarly() {
            return state == ConnectionState.WF_REPORT_PARAMS;
        }

        boolean isSynced() {
            return state == ConnectionState.CONNECTED
                    || state == ConnectionState.VERIFY_S
                    || state == ConnectionState.VERIFY_T;
        }
    }

    private final long seed;
    private final Scene scene;
    private final SplittableRandom random;
    private final Dialect dialect;
    private final Gag gag;
    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, false);
    private final DrbdTransport transportA = DrbdTransport.inMemory(memory, c -> {});
    private final DrbdTransport transportB;
    private final LocalAddress here;
    private final LocalAddress there;
    private final MemoryDevice diskA = filled(HERE);
    private final MemoryDevice diskB = filled(THERE);
    private final NetOptions net;
    private final Pair.Side a;
    private final Pair.Side b;
    private Pair.@Nullable Side c;
    private List<HostileFrames.Said> said = List.of();

    HostileRun(long seed, Scene scene) {
        this.seed = seed;
        this.scene = scene;
        random = new SplittableRandom(seed);
        boolean verifies = scene == Scene.VERIFY_S || scene == Scene.VERIFY_T;
        int version = VERSIONS[random.nextInt(verifies ? 2 : 0, VERSIONS.length)];
        int features = random.nextInt(Dialect.FF_ALL + 1);
        net = NetOptions.builder()
                .versions(version, version)
                .features(features)
                .protocol(List.of(ReplicationProtocol.values()).get(random.nextInt(3)))
                .ping(Duration.ofSeconds(20), Duration.ofSeconds(40))
                .connectInterval(Duration.ofMillis(15))
                .settle(Duration.ofMillis(1))
                .verifyAlg(DigestAlgorithm.CRC32C)
                .csumsAlg(DigestAlgorithm.CRC32C)
                .build();
        dialect = Dialect.agree(version, version, features, version, version, features)
                .orElseThrow();
        gag = new Gag(scene.words);
        transportB = DrbdTransport.inMemory(gag::tap);
        int n = NUMBER.incrementAndGet();
        here = new LocalAddress("hostile-a" + n);
        there = new LocalAddress("hostile-b" + n);
        a = side(here, there, transportA, LinkOptions.Mode.LISTEN, diskA);
        b = side(there, here, transportB, LinkOptions.Mode.CONNECT, diskB);
    }

    private static MemoryDevice filled(byte with) {
        MemoryDevice disk = MemoryDevice.create(SIZE);
        byte[] all = new byte[SIZE];
        Arrays.fill(all, with);
        try {
            disk.write(0, ByteBuffer.wrap(all));
        } catch (io.diskless.cluster.block.BlockException e) {
            throw new IllegalStateException(e);
        }
        return disk;
    }

    private Pair.Side side(
            LocalAddress mine, LocalAddress theirs, DrbdTransport over, LinkOptions.Mode mode, MemoryDevice disk) {
        return new Pair.Side(DrbdOptions.builder("r1")
                .addresses(mine, theirs)
                .transport(over)
                .net(net.toBuilder().connectMode(mode).build())
                .sync(SYNC)
                .random(new Random(random.nextLong()))
                .volume(VolumeOptions.volatileMeta(0, disk))
                .build());
    }

    /** The whole of it. */
    void run() {
        try {
            CompletableFuture<Void> mine = arrive();
            speak();
            theConnectionEndedWithAReason();
            theDiskIsClean();
            gag.hangUp();
            aGoodPeerIsWelcome();
            theDiskIsClean();
            // Whoever wrote here gets an answer, good or bad.
            until("the write ended", () -> mine.isDone());
        } catch (AssertionError | Exception e) {
            throw new AssertionError(e.getMessage() + described(), e);
        }
    }

    private String described() {
        StringBuilder text =
                new StringBuilder("\nseed " + seed + " in scene " + scene + ", " + dialect + ", " + net.protocol());
        said.forEach(s -> text.append("\n  said ").append(s.words()));
        return text.append("\n  a at ")
                .append(a.state())
                .append(" after ")
                .append(a.events)
                .append("\n  b at ")
                .append(b.state())
                .append(" after ")
                .append(b.events)
                .toString();
    }

    /** To the scene; a write of the application here is under way where there may be one. */
    private CompletableFuture<Void> arrive() throws Exception {
        a.resource.connect();
        b.resource.connect();
        if (scene.isEarly()) {
            assertThat(gag.silenced().await(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            a.awaitState("cs:WFReportParams");
            return CompletableFuture.completedFuture(null);
        }
        a.awaitState("cs:Connected");
        b.awaitState("cs:Connected");
        Pair.Side source = scene.role == Role.PRIMARY ? a : b;
        source.resource.promote(true).get(60, TimeUnit.SECONDS);
        if (scene.isSynced()) {
            a.await(s -> s.connection() == ConnectionState.CONNECTED && isGood());
            if (scene == Scene.VERIFY_S || scene == Scene.VERIFY_T) {
                var unused = (scene == Scene.VERIFY_S ? a : b).resource.verify(0, 0, Long.MAX_VALUE);
            }
        }
        if (!scene.words.isEmpty()) {
            assertThat(gag.silenced().await(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
        a.await(s -> s.connection() == scene.state);
        if (scene.role != Role.PRIMARY) {
            return CompletableFuture.completedFuture(null);
        }
        byte[] same = new byte[4096];
        Arrays.fill(same, HERE);
        return a.resource.volume(0).writeAsync(0, ByteBuffer.wrap(same), 0);
    }

    private boolean isGood() {
        return a.state().disk() == DiskState.UP_TO_DATE
                && a.state().peerDisk() == DiskState.UP_TO_DATE
                && b.state().connection() == ConnectionState.CONNECTED
                && b.state().disk() == DiskState.UP_TO_DATE;
    }

    private void speak() {
        boolean claims = scene.role != Role.PRIMARY || random.nextBoolean();
        said = new HostileFrames(random, dialect, SIZE / 512, claims).some();
        if (scene == Scene.LEAVING) {
            var leave = Gag.header(
                    Unpooled.buffer(),
                    dialect,
                    0,
                    (dialect.hasVolumes() ? PacketType.CONN_ST_CHG_REQ : PacketType.STATE_CHG_REQ).code(),
                    8);
            gag.say(SocketKind.DATA, leave.writeInt(0x1F0).writeInt(0x10));
        }
        gag.off();
        said.forEach(s -> gag.say(s.socket(), s.bytes()));
    }

    private void theConnectionEndedWithAReason() {
        until("the end of the connection", () -> lost() != null);
        DrbdException cause = java.util.Objects.requireNonNull(lost()).cause();
        assertThat(cause.getMessage()).isNotBlank();
        assertThat(cause.getCause())
                .as("a mistake of this side: " + cause.getMessage())
                .isNull();
    }

    private DrbdEvent.@Nullable ConnectionLost lost() {
        return a.events.stream()
                .filter(DrbdEvent.ConnectionLost.class::isInstance)
                .map(DrbdEvent.ConnectionLost.class::cast)
                .findFirst()
                .orElse(null);
    }

    private void theDiskIsClean() throws Exception {
        byte[] all = ReplicationTest.content(diskA, SIZE);
        for (int i = 0; i < SIZE; i++) {
            if (all[i] != HERE && all[i] != THERE) {
                throw new AssertionError("byte " + i + " of the disk is 0x" + Integer.toHexString(all[i] & 0xff));
            }
        }
    }

    private void until(String what, BooleanSupplier reached) {
        try {
            Awaitility.await()
                    .atMost(Pair.PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(reached::getAsBoolean);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("stuck at: " + what, e);
        }
    }

    /** The one whose name was used, or, where what was said in it has made the two strangers, another one. */
    private void aGoodPeerIsWelcome() throws Exception {
        a.resource.adjust(SYNC).get(60, TimeUnit.SECONDS);
        until("both connected, or apart", () -> isAtRest() || partings() > 0);
        long partings = partings();
        if (!isAtRest()) {
            // Some lies end in StandAlone: an administrator looks, sets what was changed, and connects again.
            until("options as they were", this::setsItsOptions);
            a.resource.connect();
            b.resource.connect();
            until("both connected, or apart for good", () -> isAtRest() || partings() > partings);
        }
        if (isAtRest()) {
            if (a.state().role() == Role.PRIMARY) {
                a.resource.demote().get(60, TimeUnit.SECONDS);
                b.await(s -> s.peer() == Role.SECONDARY || partings() > partings);
            }
            if (isGood()) {
                assertThat(ReplicationTest.content(diskA, SIZE)).isEqualTo(ReplicationTest.content(diskB, SIZE));
            }
            return;
        }
        b.resource.abort();
        Pair.Side other = side(there, here, transportB, LinkOptions.Mode.CONNECT, filled(THERE));
        c = other;
        long compared = compared();
        a.resource.connect();
        other.resource.connect();
        // A disk that is in the middle of a resync cannot fill an empty one; all others can, or are filled.
        until(
                "another peer",
                () -> a.state().connection().isAtLeast(ConnectionState.CONNECTED)
                        || (compared() > compared && a.state().disk() != DiskState.UP_TO_DATE));
    }

    private boolean setsItsOptions() {
        NetOptions mine = net.toBuilder().connectMode(LinkOptions.Mode.LISTEN).build();
        return !a.resource
                .adjust(mine, SplitBrainPolicies.DEFAULT)
                .handle((done, failure) -> failure)
                .thenApply(Objects::nonNull)
                .join();
    }

    private long compared() {
        return a.events.stream().filter(DrbdEvent.Compared.class::isInstance).count();
    }

    /** How often one of the two went StandAlone by itself. */
    private long partings() {
        return java.util.stream.Stream.concat(a.events.stream(), b.events.stream())
                .filter(e -> e instanceof DrbdEvent.ConnectionLost l && l.standAlone())
                .count();
    }

    private boolean isAtRest() {
        return a.state().connection() == ConnectionState.CONNECTED
                && b.state().connection() == ConnectionState.CONNECTED
                && a.state().disk() == b.state().peerDisk()
                && b.state().disk() == a.state().peerDisk();
    }

    /** Bytes of buffers that nobody released; asked for behind {@link #close}. */
    void nothingLeaks() {
        try {
            until(
                    "all buffers released",
                    () -> memory.metric().usedDirectMemory() + memory.metric().usedHeapMemory() == 0);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + described(), e);
        }
    }

    @Override
    public void close() {
        a.resource.abort();
        b.resource.abort();
        if (c != null) {
            c.resource.abort();
        }
        transportA.close();
        transportB.close();
    }
}
