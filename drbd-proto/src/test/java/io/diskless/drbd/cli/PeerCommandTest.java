package io.diskless.drbd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two peers of one drbd.conf on loopback, and the client that commands them. */
class PeerCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("diskless.patience", 60));
    private static final int SIZE = 4 << 20;

    @TempDir
    private Path directory;

    private Path conf = Path.of("");

    /** Every test has a loopback address of its own: no port is ever taken by somebody else. */
    private final String machine = "127." + octet() + "." + octet() + "." + octet();

    private static int octet() {
        return ThreadLocalRandom.current().nextInt(1, 255);
    }

    /** What a command did. */
    private record Answer(int code, String out, String err) {}

    /** A peer that runs in this process, as a process of its own would. */
    private record Running(CompletableFuture<Integer> end, StringWriter out, StringWriter err) {}

    private static Answer run(Object... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] args = new String[words.length];
        for (int i = 0; i < words.length; i++) {
            args[i] = words[i].toString();
        }
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new Answer(code, out.toString(), err.toString());
    }

    private Path image(String name) throws IOException {
        Path file = directory.resolve(name);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), SIZE - 1);
        }
        return file;
    }

    private void configure(String options) throws IOException {
        conf = directory.resolve("drbd.conf");
        Files.writeString(
                conf, """
                resource r0 {
                  net { verify-alg crc32c; cram-hmac-alg sha256; shared-secret "xyzzy"; connect-int 3; ping-int 120; ping-timeout 10; %s }
                  disk { resync-rate 100M; c-plan-ahead 0; }
                  device /dev/drbd0;
                  on alice { disk %s; flexible-meta-disk %s; address %s:7788; }
                  on bob { disk %s; meta-disk internal; address %s:7789; }
                }
                """.formatted(options, image("a.img"), image("a.meta"), machine, image("b.img"), machine));
    }

    private Path socket(String host) {
        return directory.resolve(host + ".ctl");
    }

    private Answer ctl(String host, String... words) {
        Object[] args = new Object[words.length + 4];
        args[0] = "ctl";
        args[1] = "--control";
        args[2] = socket(host);
        args[3] = "r0";
        System.arraycopy(words, 0, args, 4, words.length);
        return run(args);
    }

    private Running start(String host, String... more) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] args = new String[more.length + 8];
        String[] first = {
            "peer",
            "r0",
            "--conf",
            conf.toString(),
            "--host",
            host,
            "--control",
            socket(host).toString()
        };
        System.arraycopy(first, 0, args, 0, first.length);
        System.arraycopy(more, 0, args, first.length, more.length);
        CompletableFuture<Integer> end = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> end.complete(Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args)), host);
        thread.setDaemon(true);
        thread.start();
        Awaitility.await(host + " listens")
                .atMost(PATIENCE)
                .until(() -> end.isDone() || out.toString().contains("control socket"));
        assertThat(end).as("%s", err).isNotDone();
        return new Running(end, out, err);
    }

    private void awaitStatus(String host, Running peer, String... parts) {
        Awaitility.await("status of " + host + " with " + String.join(" ", parts))
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ctl(host, "status", "--json").out())
                        .as("%s", peer.err())
                        .contains(parts));
    }

    private void createMeta() {
        for (String host : new String[] {"alice", "bob"}) {
            assertThat(run("meta", "create", "r0", "--conf", conf, "--host", host)
                            .code())
                    .isZero();
        }
    }

    private void down(String host, Running peer) throws Exception {
        assertThat(ctl(host, "down").code()).isZero();
        assertThat(peer.end().get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isZero();
        assertThat(socket(host)).doesNotExist();
    }

    @Test
    void twoPeersOfOneConfigurationReplicate() throws Exception {
        configure("");
        createMeta();
        Running alice = start("alice");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket("alice"))))
                .isEqualTo("rw-------");
        Running bob = start("bob");
        awaitStatus("alice", alice, "\"connection\":\"Connected\"");

        Answer refused = ctl("alice", "role", "primary");
        assertThat(refused.code()).isEqualTo(ExitCode.REFUSED.code);
        assertThat(refused.err()).startsWith("diskless-drbd: ").hasLineCount(1);

        CompletableFuture<Answer> events = CompletableFuture.supplyAsync(() -> ctl("bob", "events", "--json"));
        assertThat(ctl("alice", "role", "primary", "--force").err()).isEmpty();
        String good = "\"disk\":\"UpToDate\",\"peerDisk\":\"UpToDate\"";
        awaitStatus(
                "alice", alice, "\"connection\":\"Connected\",\"role\":\"Primary\",\"peerRole\":\"Secondary\"", good);
        awaitStatus("bob", bob, "\"connection\":\"Connected\",\"role\":\"Secondary\",\"peerRole\":\"Primary\"", good);
        assertThat(ctl("bob", "status").out())
                .startsWith("r0/0 cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");

        Answer verify = ctl("bob", "verify");
        assertThat(verify.code()).as(verify.err()).isZero();
        assertThat(verify.out()).contains("0 unreadable, 0 ranges differ").doesNotContain("volume 0: 0 blocks");

        assertThat(ctl("alice", "verify", "--volume", "3").err()).contains("no volume 3");
        assertThat(ctl("alice", "disconnect").code()).isZero();
        assertThat(ctl("alice", "status").out()).contains("cs:StandAlone");
        assertThat(ctl("alice", "connect").code()).isZero();
        awaitStatus("alice", alice, "\"connection\":\"Connected\"", good);

        down("bob", bob);
        Answer heard = events.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(heard.code()).isZero();
        assertThat(heard.out()).contains("{\"event\":\"StateChanged\",\"resource\":\"r0\",\"volume\":0");
        down("alice", alice);
    }

    private void good(String host, String... words) {
        Answer answer = ctl(host, words);
        assertThat(answer.err()).isEmpty();
        assertThat(answer.code()).isZero();
    }

    @Test
    void everyVerbDoesWhatItSays() throws Exception {
        configure("");
        createMeta();
        Running alice = start("alice", "--spin", "20");
        Running bob = start("bob");
        String connected = "\"connection\":\"Connected\"";
        String inSync = "\"disk\":\"UpToDate\",\"peerDisk\":\"UpToDate\"";
        awaitStatus("alice", alice, connected);
        awaitStatus("bob", bob, connected);
        good("alice", "new-current-uuid", "--clear-bitmap");
        awaitStatus("bob", bob, connected, inSync, "\"suspended\":false");

        good("bob", "pause-sync");
        good("alice", "invalidate-remote");
        awaitStatus("bob", bob, "PausedSyncT", "\"resyncSuspended\":true");
        awaitStatus("alice", alice, "PausedSyncS");
        good("bob", "resume-sync");
        awaitStatus("alice", alice, connected, inSync);
        awaitStatus("bob", bob, connected, inSync);
        good("bob", "invalidate");
        awaitStatus("bob", bob, connected, inSync);
        good("alice", "resume-io");

        Answer part = ctl("alice", "verify", "--start", "1024", "--stop", "2048");
        assertThat(part.err()).isEmpty();
        assertThat(part.out()).contains("128 blocks");

        good("alice", "detach");
        awaitStatus("bob", bob, "\"peerDisk\":\"Diskless\"");
        good("alice", "attach");
        awaitStatus("bob", bob, connected, inSync);
        awaitStatus("alice", alice, connected, inSync);

        Answer larger = ctl("alice", "resize", "--size", "2M");
        assertThat(larger.code()).isNotZero();
        assertThat(larger.err()).hasLineCount(1);

        good("alice", "disconnect");
        awaitStatus("bob", bob, "\"connection\":\"WFConnection\"");
        good("alice", "new-current-uuid");
        good("bob", "disconnect");
        good("bob", "new-current-uuid");
        good("alice", "connect");
        good("bob", "connect");
        // Both went on alone.
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> ctl("bob", "status").out().contains("StandAlone")
                        || ctl("alice", "status").out().contains("StandAlone"));
        ctl("alice", "disconnect");
        ctl("bob", "disconnect");
        good("bob", "connect", "--discard-my-data");
        good("alice", "connect");
        awaitStatus("alice", alice, connected, inSync);
        awaitStatus("bob", bob, connected, inSync);
        assertThat(ctl("bob", "status").out()).contains("oos:0");

        good("alice", "adjust");
        down("bob", bob);
        down("alice", alice);
    }

    @Test
    void aVerifyThatFindsSomethingSaysWhatAndExitsWithSix() throws Exception {
        configure("");
        createMeta();
        Running alice = start("alice");
        Running bob = start("bob");
        awaitStatus("alice", alice, "\"connection\":\"Connected\"");
        assertThat(ctl("alice", "role", "primary", "--force").code()).isZero();
        awaitStatus("bob", bob, "\"connection\":\"Connected\"", "\"disk\":\"UpToDate\"");
        try (FileChannel disk = FileChannel.open(directory.resolve("b.img"), StandardOpenOption.WRITE)) {
            disk.write(ByteBuffer.wrap(new byte[] {1}), 40_960);
        }
        Answer verify = ctl("alice", "verify", "--json");
        assertThat(verify.code()).isEqualTo(ExitCode.DIFFERENT.code);
        assertThat(verify.out())
                .contains("\"sector\":80")
                .contains("\"sectors\":8")
                .contains("\"clean\":false");
        down("alice", alice);
        down("bob", bob);
    }

    @Test
    void aPeerThatIsToBePrimaryBecomesSoWhenTheDataIsThere() throws Exception {
        configure("");
        createMeta();
        Running alice = start("alice");
        Running bob = start("bob");
        awaitStatus("alice", alice, "\"connection\":\"Connected\"");
        assertThat(ctl("alice", "role", "primary", "--force").code()).isZero();
        awaitStatus("bob", bob, "\"connection\":\"Connected\"", "\"disk\":\"UpToDate\"");
        assertThat(ctl("alice", "role", "secondary").code()).isZero();
        down("bob", bob);
        Running again = start("bob", "--primary");
        awaitStatus("bob", again, "\"role\":\"Primary\",\"peerRole\":\"Secondary\"", "\"disk\":\"UpToDate\"");
        down("bob", again);
        down("alice", alice);
    }

    @Test
    void theHandlersOfTheFileAreRunOnTheirOccasions() throws Exception {
        configure("");
        Path calls = directory.resolve("calls");
        String say = "echo $DRBD_RESOURCE $DRBD_MINOR $DRBD_VOLUME $DRBD_PEER $DRBD_PEER_ADDRESS >>" + calls;
        Files.writeString(
                conf,
                Files.readString(conf)
                        .replace(
                                "c-plan-ahead 0; }",
                                "c-plan-ahead 0; fencing resource-only; }\n  handlers { fence-peer \""
                                        + say + "; echo fenced; exit 4\"; after-resync-target \"echo after; " + say
                                        + "\"; split-brain /bin/true; pri-lost /bin/true; before-resync-target /bin/true; }"));
        createMeta();
        Running alice = start("alice");
        assertThat(alice.err().toString()).contains("before-resync-target: no effect here");
        Running bob = start("bob");
        awaitStatus("alice", alice, "\"connection\":\"Connected\"");
        assertThat(ctl("alice", "role", "primary", "--force").code()).isZero();
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(bob.err().toString()).contains("handler after-resync-target returned 0"));
        assertThat(Files.readString(calls)).isEqualTo("r0 0 0 alice " + machine + "\n");
        assertThat(ctl("alice", "role", "secondary").code()).isZero();
        down("bob", bob);

        assertThat(ctl("alice", "role", "primary").err()).isEmpty();
        assertThat(Files.readString(calls)).endsWith("r0 0 0 bob " + machine + "\n");
        assertThat(alice.err().toString())
                .contains("fence-peer: fenced")
                .contains("call helper name:fence-peer resource:r0 status:4 heeded:yes");
        assertThat(ctl("alice", "status").out()).contains("ro:Primary/Unknown ds:UpToDate/Outdated");
        down("alice", alice);
    }

    @Test
    void whatIsWrongIsSaidInOneLine() throws Exception {
        try (ServerSocket taken = new ServerSocket(7788, 1, InetAddress.getByName(machine))) {
            assertThat(taken.isBound()).isTrue();
            configure("");
            createMeta();
            Object[] alice = {"peer", "r0", "--conf", conf, "--host", "alice", "--control", socket("alice")};
            Answer inUse = run(alice);
            assertThat(inUse.code()).isEqualTo(ExitCode.REFUSED.code);
            assertThat(inUse.err())
                    .contains("cannot listen on")
                    .contains("port")
                    .hasLineCount(1);
            assertThat(socket("alice")).doesNotExist();
        }
        Answer host = run("peer", "r0", "--conf", conf, "--host", "eve");
        assertThat(host.code()).isEqualTo(ExitCode.USAGE.code);
        assertThat(host.err())
                .contains("drbd.conf:1: ")
                .contains("no section for host \"eve\", only for alice, bob")
                .hasLineCount(1);
        Answer resource = run("peer", "r9", "--conf", conf, "--host", "alice");
        assertThat(resource.code()).isEqualTo(ExitCode.USAGE.code);
        assertThat(resource.err()).contains("no resource \"r9\", only [r0]").hasLineCount(1);
        Answer nobody = ctl("alice", "status");
        assertThat(nobody.code()).isEqualTo(ExitCode.NO_ANSWER.code);
        assertThat(nobody.err()).contains("no peer listens on").hasLineCount(1);
        Answer verb = ctl("alice", "fly");
        assertThat(verb.code()).isEqualTo(ExitCode.USAGE.code);
        assertThat(verb.err()).contains("no command \"fly\"").hasLineCount(1);
    }

    @Test
    void aDiskWithoutMetaDataIsRefusedWithTheRemedy() throws Exception {
        configure("");
        Answer answer = run("peer", "r0", "--conf", conf, "--host", "alice", "--control", socket("alice"));
        assertThat(answer.code()).isNotZero();
        assertThat(answer.err()).contains("meta create r0 --conf").hasLineCount(1);
        assertThat(socket("alice")).doesNotExist();
    }

    @Test
    void aSecondPeerOfTheSameSocketIsRefusedAndAStaleSocketReplaced() throws Exception {
        configure("");
        createMeta();
        Running alice = start("alice");
        Answer second = run("peer", "r0", "--conf", conf, "--host", "alice", "--control", socket("alice"));
        assertThat(second.code()).isEqualTo(ExitCode.REFUSED.code);
        assertThat(second.err()).contains("a peer runs already").hasLineCount(1);
        down("alice", alice);

        // What a process that was killed leaves behind.
        ControlSocket.listen(socket("alice")).close();
        assertThat(socket("alice")).exists();
        down("alice", start("alice"));
    }

    @Test
    void anOptionThatDoesNotFitIsNamedWithItsPlace() throws Exception {
        configure("on-congestion disconnect;");
        Answer answer = run("peer", "r0", "--conf", conf, "--host", "alice", "--control", socket("alice"));
        assertThat(answer.code()).isEqualTo(ExitCode.USAGE.code);
        assertThat(answer.err())
                .contains("drbd.conf:2: net: on-congestion disconnect needs protocol A, got C")
                .hasLineCount(1);
        configure("max-buffers 8000;");
        Answer warned = run("peer", "r0", "--conf", conf, "--host", "alice", "--control", socket("alice"));
        assertThat(warned.err()).contains("warning: ").contains("drbd.conf:2: max-buffers: no effect here");
    }
}
