package io.diskless.benchmarks.lab.cloud;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.Proof;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.plan.Verb;
import io.diskless.drbd.session.VerifyReport;
import io.diskless.netboot.simulate.BootRun;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A cloud in one process: its model is the input, nodes run out of it, and plans change it while a guest works on its disk.
 * Machines are simulated, frames travel in memory, replication over TCP on loopback; what is stored, replicated, served and
 * proved is real. Not thread-safe.
 */
public final class CloudStory {
    /** What joined the nodes, and what was not real. */
    public static final String REMARK =
            "simulated machines, Ethernet in memory, replication over TCP on loopback, all in one"
                    + " process; disks, replication, exports, plans, boot servers and proofs are real";

    private static final long SOME = 100;
    private static final int BLOCK = 4096;

    private final Progress progress;
    private final long seed;
    private final CloudSite site;
    private final List<Chapter> chapters = new ArrayList<>();
    private final List<Proof> proofs = new ArrayList<>();
    private long chapterBegan = System.nanoTime();

    private CloudStory(CloudSite site, long seed, Progress progress) {
        this.site = site;
        this.seed = seed;
        this.progress = progress;
    }

    /**
     * Tells the story.
     *
     * @param folder an empty one, for disks and the store
     * @param seed of everything random
     * @param progress hears of the chapters
     * @return what was found
     * @throws LabException if a chapter could not be told to its end
     */
    public static CloudResult tell(Path folder, long seed, Progress progress) throws LabException {
        long began = System.nanoTime();
        progress.phase("site");
        try (CloudSite site = new CloudSite(folder, seed)) {
            CloudStory story = new CloudStory(site, seed, progress);
            story.tell();
            progress.end(true);
            return new CloudResult(
                    story.chapters,
                    story.proofs,
                    site.model(),
                    began,
                    seconds(System.nanoTime() - began),
                    seed,
                    List.of(),
                    REMARK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        } catch (Exception e) {
            progress.end(false);
            throw new LabException(e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    private void tell() throws Exception {
        site.await("both copies to be filled", () -> site.isGood());
        boolean two = site.s1().health().hasTwoWriters(CloudModel.VOLUME);
        chapter("site", "two storage nodes replicate, s1 writes", 0, 0);
        prove("two writers without a migration", "no", two ? "yes" : "no");
        boot();
        AoeDisk first = site.client();
        try (GuestLoad guest = new GuestLoad(first, seed)) {
            progress.phase("guest");
            guest.start();
            guest.goOn(SOME);
            chapter("guest", "a system of 2 MiB is written, then it works", guest.longest(), 0);
            drain(guest);
            lose(guest);
            corrupt(guest);
            migrate(guest);
            failOver(guest);
            progress.phase("proof");
            guest.goOn(SOME);
            prove("requests of the guest that failed or were wrong", "0", guest.wrong());
            fresh(guest);
        }
    }

    private void boot() throws Exception {
        progress.phase("boot");
        site.await("cfg1 to serve", () -> site.cfg1().health().serving().isPresent());
        prove(
                "the guest boots",
                "the right kernel from 10.77.0.1",
                site.room().outcome(site.room().boot(CloudModel.GUEST_CARD)));
        prove(
                "a machine that nobody knows boots",
                "nothing",
                site.room().outcome(site.room().boot(CloudModel.NEW_CARD)));
        chapter("boot", "DHCP, scripts, kernel and initrd from cfg1", 0, 0);
    }

    private void drain(GuestLoad guest) throws Exception {
        progress.phase("drain");
        long before = site.resynced();
        prove(
                "plan \"DrainStorageNode\"",
                "DONE",
                site.run(new NodeOperation.DrainStorageNode(CloudModel.S1), List.of(site.s1(), site.s2())));
        site.s1().close();
        guest.goOn(SOME);
        prove("who serves while s1 is away", "s2", site.serving());
        site.back(before);
        chapter(
                "drain",
                "a plan empties s1, it is off, comes back and is filled",
                guest.longest(),
                site.resynced() - before);
    }

    private void lose(GuestLoad guest) throws Exception {
        progress.phase("loss");
        long before = site.resynced();
        site.s2().close();
        site.commit(
                site.model()
                        .with(site.model()
                                .get(CloudModel.S2, Node.class)
                                .orElseThrow()
                                .lifecycle(new Lifecycle.Lost(Instant.now(), "does not answer"))),
                "s2 is lost");
        prove(
                "plan \"FenceNode\"",
                "DONE",
                site.run(new NodeOperation.FenceNode(CloudModel.S2, site.token() + 1), List.of(site.s1())));
        guest.goOn(SOME);
        prove("who serves after s2 is lost", "s1", site.serving());
        site.back(before);
        chapter(
                "loss",
                "s2 is gone without a plan, s1 takes over when s2 is cut off",
                guest.longest(),
                site.resynced() - before);
    }

    private void corrupt(GuestLoad guest) throws Exception {
        progress.phase("verify");
        long at = 77L * BLOCK;
        long before = site.resynced();
        Disk disk = site.model().all(Disk.class).stream()
                .filter(found -> found.id().name().equals("web1-d2"))
                .findFirst()
                .orElseThrow();
        VerifyReport found = guest.still(() -> {
            try (RandomAccessFile file = new RandomAccessFile(site.file(disk).toFile(), "rw")) {
                file.seek(at + 5);
                int was = file.read();
                file.seek(at + 5);
                file.write(was ^ 0x10);
            }
            return site.verify();
        });
        prove("blocks that verify finds different", "sectors 616 to 623", places(found));
        // What was found is repaired by the resync of the next connection.
        site.s2()
                .resource(CloudModel.VOLUME)
                .orElseThrow()
                .disconnect()
                .get(CloudSite.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        site.s2().resource(CloudModel.VOLUME).orElseThrow().connect();
        site.await("the repair", () -> site.resynced() > before && site.isGood());
        prove("blocks that verify finds after the repair", "none", places(site.verify()));
        chapter("verify", "one bit of s2's disk flips behind its back", guest.longest(), site.resynced() - before);
    }

    private void migrate(GuestLoad guest) throws Exception {
        progress.phase("migration");
        boolean[] two = new boolean[1];
        long[] still = new long[1];
        boolean refused = site.s2()
                .resource(CloudModel.VOLUME)
                .orElseThrow()
                .promote(false)
                .handle((done, failure) -> failure != null)
                .get(CloudSite.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        AoeDisk target = site.client();
        String end = site.run(
                new GuestOperation.LiveMigrate(CloudModel.GUEST, CloudModel.H2),
                List.of(site.s1(), site.s2()),
                (order, undo) -> CloudSite.answer(() -> {
                    // Memory flows: both hosts hold the disk open, each at a storage node that writes.
                    site.second(Verb.PROMOTE);
                    site.await("two writers", () -> site.s1().health().hasTwoWriters(CloudModel.VOLUME));
                    guest.goOn(SOME);
                    two[0] = site.s2().health().hasTwoWriters(CloudModel.VOLUME);
                }),
                (order, undo) -> CloudSite.answer(() -> {
                    still[0] = guest.move(target);
                    site.second(Verb.DEMOTE);
                }));
        guest.goOn(SOME);
        prove("plan \"LiveMigrate\"", "DONE", end);
        prove("a second writer before the lease", "refused", refused ? "refused" : "allowed");
        prove("two writers during the migration", "yes", two[0] ? "yes" : "no");
        prove("two writers after it", "no", site.s1().health().hasTwoWriters(CloudModel.VOLUME) ? "yes" : "no");
        chapter("migration", "the guest moves from h1 to h2", Math.max(still[0], guest.longest()), 0);
    }

    private void failOver(GuestLoad guest) throws Exception {
        progress.phase("ConfigNode");
        BootRun before = site.room().boot(CloudModel.GUEST_CARD);
        site.commit(site.model().with(CloudModel.added()), "h3 is added by its card and its tag");
        site.await("cfg1 to know h3", () -> site.cfg1().health().revision() == site.revision());
        prove(
                "the new server boots",
                "the right kernel from 10.77.0.1",
                site.room().outcome(site.room().boot(CloudModel.NEW_CARD)));
        site.cfg1()
                .perform(site.order(Verb.END_BOOT, CloudModel.CFG1))
                .get(CloudSite.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        prove(
                "a machine boots while nobody holds the lease",
                "nothing",
                site.room().outcome(site.room().boot(CloudModel.NEW_CARD)));
        site.cfg2()
                .perform(site.order(Verb.SERVE_BOOT, CloudModel.CFG2))
                .get(CloudSite.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        BootRun after = site.room().boot(CloudModel.GUEST_CARD);
        prove(
                "the guest boots after the fail-over",
                "the right kernel from 10.77.0.2",
                site.room().outcome(after));
        // The page and the next plan say who serves now.
        site.commit(
                site.model().with(configNode(CloudModel.CFG1, false)).with(configNode(CloudModel.CFG2, true)),
                "cfg2 serves in place of cfg1");
        prove("its address", address(before), address(after));
        chapter("ConfigNode", "h3 is added; cfg2 serves in place of cfg1", guest.longest(), 0);
    }

    /** From a client that knows nothing, and from the disks when nothing uses them any more. */
    private void fresh(GuestLoad guest) throws Exception {
        AoeDisk fresh = site.client();
        guest.close();
        byte[] seen = new byte[GuestLoad.AREA];
        for (int at = 0; at < seen.length; at += 64 * BLOCK) {
            fresh.read(at, ByteBuffer.wrap(seen, at, 64 * BLOCK));
        }
        prove("SHA-256 of the disk from a fresh start", guest.sha256(), GuestLoad.sha256(seen));
        prove("blocks in which the copies differ", "none", places(site.verify()));
        site.close();
        for (Disk disk : site.model().all(Disk.class)) {
            if (disk.id().name().startsWith("web1-d")) {
                byte[] held = new byte[GuestLoad.AREA];
                try (RandomAccessFile file =
                        new RandomAccessFile(site.file(disk).toFile(), "r")) {
                    file.readFully(held);
                }
                prove("SHA-256 of the copy on " + disk.node().name(), guest.sha256(), GuestLoad.sha256(held));
            }
        }
        chapter("proof", "a fresh client and both disks", 0, 0);
    }

    private ConfigNode configNode(NodeId id, boolean serves) {
        return site.model().get(id, ConfigNode.class).orElseThrow().servesBoot(serves);
    }

    private static String address(BootRun run) {
        return run.address().map(InetAddress::getHostAddress).orElse("none");
    }

    private static String places(VerifyReport report) {
        return report.differing().isEmpty()
                ? "none"
                : report.differing().stream()
                        .map(range -> "sectors " + range.sector() + " to " + (range.sector() + range.sectors() - 1))
                        .collect(Collectors.joining(", "));
    }

    private void prove(String subject, String expected, String actual) {
        proofs.add(new Proof(subject, expected, actual));
    }

    private void chapter(String name, String words, long pauseNanos, long bytes) {
        long now = System.nanoTime();
        chapters.add(new Chapter(name, words, now, seconds(now - chapterBegan), pauseNanos / 1e6, Double.NaN, bytes));
        chapterBegan = now;
        progress.update(1, words);
    }
}
