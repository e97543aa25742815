package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.netty.DrbdTransport;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sides over real sockets, plain and with TLS around them. */
class TransportTest {
    private static final int SIZE = 1 << 20;
    private static final String PASSWORD = "changeit";

    @TempDir
    private Path directory;

    /** Every test has a loopback address of its own: no port is ever taken by somebody else. */
    private final String machine = "127." + octet() + "." + octet() + "." + octet();

    private final MemoryDevice diskA = MemoryDevice.create(SIZE);
    private final MemoryDevice diskB = MemoryDevice.create(SIZE);

    /** What the handshakes of this test failed with. */
    private final List<Throwable> refused = new CopyOnWriteArrayList<>();

    private DrbdTransport tls(SSLContext context) {
        return DrbdTransport.tls(1, context, (other, cause) -> refused.add(cause));
    }

    private static int octet() {
        return ThreadLocalRandom.current().nextInt(1, 255);
    }

    private DrbdOptions.Builder options(int here, int there, MemoryDevice disk) {
        return DrbdOptions.builder("r1")
                .addresses(new InetSocketAddress(machine, here), new InetSocketAddress(machine, there))
                .net(Pair.fast().build())
                .sync(new SyncOptions(250, 20, 10, 100, 1_000_000))
                .volume(VolumeOptions.volatileMeta(0, disk));
    }

    /** A key and its own certificate, of a name. */
    private Path key(String name) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue())
                .as(Files.readString(directory.resolve("keytool.log")))
                .isZero();
        return store;
    }

    private static KeyStore store(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be read", e);
        }
        return store;
    }

    /** With that key, and trust in the owners of that one. */
    private static SSLContext context(Path key, Path trusted) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(key), PASSWORD.toCharArray());
        KeyStore known = KeyStore.getInstance("PKCS12");
        known.load(null, null);
        KeyStore owners = store(trusted);
        String alias = owners.aliases().nextElement();
        known.setCertificateEntry(alias, owners.getCertificate(alias));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(known);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private void replicate(DrbdOptions forA, DrbdOptions forB) throws Exception {
        Pair.Side a = new Pair.Side(forA);
        Pair.Side b = new Pair.Side(forB);
        try {
            a.resource.connect();
            b.resource.connect();
            a.awaitState("cs:Connected");
            b.awaitState("cs:Connected");
            a.resource.promote(true).get(60, TimeUnit.SECONDS);
            a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            byte[] data = new byte[SIZE];
            new Random(1).nextBytes(data);
            a.resource.volume(0).write(0, ByteBuffer.wrap(data));
            a.resource.disconnect().get(60, TimeUnit.SECONDS);
            assertThat(ReplicationTest.content(diskB, SIZE)).isEqualTo(data);
        } finally {
            a.resource.close();
            b.resource.close();
        }
    }

    @Test
    void withoutATransportAResourceHasOneOfItsOwn() throws Exception {
        replicate(options(7788, 7789, diskA).build(), options(7789, 7788, diskB).build());
    }

    @Test
    void threadsThatStayAwakeForAMomentReplicateAsOthersDo() throws Exception {
        try (DrbdTransport awake = DrbdTransport.tcp(1, ByteBufAllocator.DEFAULT, Duration.ofMillis(1))) {
            replicate(
                    options(7788, 7789, diskA).transport(awake).build(),
                    options(7789, 7788, diskB).transport(awake).build());
        }
    }

    @Test
    void portsThatAreTakenAtFirstAreWaitedForByBothSides() throws Exception {
        Pair.Side a = new Pair.Side(options(7788, 7789, diskA).build());
        Pair.Side b = new Pair.Side(options(7789, 7788, diskB).build());
        try {
            try (ServerSocket forA = new ServerSocket(7788, 1, InetAddress.getByName(machine));
                    ServerSocket forB = new ServerSocket(7789, 1, InetAddress.getByName(machine))) {
                a.resource.connect();
                b.resource.connect();
                a.await(s -> a.events
                        .toString()
                        .contains("cannot listen on /" + machine + ":" + forA.getLocalPort() + ", trying again"));
                b.await(s -> b.events
                        .toString()
                        .contains("cannot listen on /" + machine + ":" + forB.getLocalPort() + ", trying again"));
            }
            a.awaitState("cs:Connected");
            b.awaitState("cs:Connected");
        } finally {
            a.resource.close();
            b.resource.close();
        }
    }

    @Test
    void optionsThatCannotBeSayWhatIsMissing() {
        assertThatThrownBy(() -> DrbdOptions.builder("r1")
                        .volume(VolumeOptions.diskless(0))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("r1")
                .hasMessageContaining("addresses()");
        assertThatThrownBy(() -> options(7788, 7788, diskA).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its own peer");
        assertThatThrownBy(() -> DrbdOptions.builder("r1")
                        .addresses(new InetSocketAddress(1), new InetSocketAddress(2))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no volume");
    }

    @Test
    void timesThatCannotBeAreNamed() {
        assertThatThrownBy(() -> NetOptions.builder()
                        .ping(Duration.ofSeconds(1), Duration.ZERO)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ping-timeout must be longer");
        assertThatThrownBy(() ->
                        NetOptions.builder().timeout(Duration.ofSeconds(6), -1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 waits for ever");
    }

    @Test
    void twoSidesThatTrustEachOtherReplicateThroughTls() throws Exception {
        Path alice = key("alice");
        Path bob = key("bob");
        try (DrbdTransport forA = tls(context(alice, bob));
                DrbdTransport forB = tls(context(bob, alice))) {
            replicate(
                    options(7788, 7789, diskA).transport(forA).build(),
                    options(7789, 7788, diskB).transport(forB).build());
        }
    }

    @Test
    void whoIsNotTrustedNeverGetsThrough() throws Exception {
        Path alice = key("alice");
        Path bob = key("bob");
        Path eve = key("eve");
        try (DrbdTransport good = tls(context(alice, bob));
                DrbdTransport stranger = tls(context(eve, alice));
                DrbdTransport plain = DrbdTransport.tcp()) {
            for (DrbdTransport other : new DrbdTransport[] {stranger, plain}) {
                refused.clear();
                Pair.Side a =
                        new Pair.Side(options(7788, 7789, diskA).transport(good).build());
                Pair.Side b = new Pair.Side(
                        options(7789, 7788, diskB).transport(other).build());
                try {
                    a.resource.connect();
                    b.resource.connect();
                    a.await(s -> refused.size() >= 4);
                    assertThat(a.events.toString() + b.events)
                            .doesNotContain("Agreed")
                            .doesNotContain("cs:Connected");
                } finally {
                    a.resource.close();
                    b.resource.close();
                }
            }
        }
    }
}
