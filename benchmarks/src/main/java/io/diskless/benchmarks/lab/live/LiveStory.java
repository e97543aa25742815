package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.cloud.Chapter;
import io.diskless.benchmarks.lab.cloud.CloudResult;
import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.Proof;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.benchmarks.lab.site.Namespaces;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.plan.Verb;
import io.diskless.node.SiteExecutor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A cloud on one machine, and nothing of it simulated but the hardware: each node is a process in a network namespace of its own,
 * joined by real Ethernet, and the guest is a distribution's kernel in an emulated machine. Not thread-safe.
 */
public final class LiveStory {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    /** Of the guest's file system, and of replication. */
    private static final int FILE_BLOCK = 1024;

    private static final int BLOCK = 4096;

    private final Progress progress;
    private final LiveSite site;
    private final boolean all;
    private final List<Chapter> chapters = new ArrayList<>();
    private final List<Proof> proofs = new ArrayList<>();
    private final GuestProofs guest;
    private @Nullable Pinger ping;
    private long chapterBegan;

    private LiveStory(LiveSite site, boolean all, Progress progress, long began) {
        chapterBegan = began;
        this.site = site;
        this.all = all;
        this.progress = progress;
        guest = new GuestProofs(site.system(), this::prove);
    }

    /**
     * Tells the story.
     *
     * @param namespaces how they are made
     * @param folder an empty one, for disks and all else
     * @param seed of everything random
     * @param all whether all of it, or what a test has time for
     * @param progress hears of the chapters
     * @param opened hears of what must end whatever happens
     * @return what was found
     * @throws LabException if a chapter could not be told to its end
     */
    public static CloudResult tell(
            Namespaces namespaces,
            Path folder,
            long seed,
            boolean all,
            Progress progress,
            Consumer<? super AutoCloseable> opened)
            throws LabException {
        long began = System.nanoTime();
        progress.phase("site");
        try (LiveSite site = new LiveSite(namespaces, folder, seed, opened)) {
            LiveStory story = new LiveStory(site, all, progress, began);
            try {
                story.tell();
            } finally {
                if (story.ping != null) {
                    story.ping.close();
                }
            }
            progress.end(true);
            return new CloudResult(
                    story.chapters,
                    story.proofs,
                    site.model(),
                    began,
                    (System.nanoTime() - began) / 1e9,
                    seed,
                    story.ping == null ? List.of() : story.ping.replies(),
                    REMARK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        } catch (Exception e) {
            progress.end(false);
            throw new LabException(e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
    }

    private static final String REMARK =
            "each node a process in a network namespace of its own, real Ethernet (veth, bridges, taps), replication over TCP"
                    + " between namespaces; guests are a stock Debian kernel in QEMU without hardware acceleration";

    private void tell() throws Exception {
        site.await("both copies to be filled", site::isGood);
        site.await("cfg1 to serve", () -> LiveSite.is(site.config("cfg1").call(Message.of("health")), "serving"));
        prove("two writers without a migration", "no", site.twoWriters() ? "yes" : "no");
        chapter(
                "site",
                "two storage nodes replicate, s1 writes; cfg1 serves",
                0,
                site.storage(LiveModel.S2).health().number("resynced"));
        Machine machine = boot();
        lose();
        back();
        if (all) {
            corrupt();
            machine = migrate(machine);
            failOver(machine);
        }
        finish(machine);
    }

    private Machine boot() throws Exception {
        progress.phase("boot");
        Machine machine = site.guest("h1");
        machine.ready();
        guest.on(machine);
        machine.run("until [ -e /run/lease ]; do sleep 0.1; done");
        String[] lease = machine.run("cat /run/lease").split(" ", -1);
        prove("who gave the guest its address", "10.77.0.1", lease[1]);
        prove(
                "the guest's root",
                "/dev/etherd/" + LiveModel.ADDRESS,
                machine.run(
                        "while read d f r; do [ $f = / ] && [ $d != rootfs ] && echo $d; done </proc/mounts; true"));
        guest.fixed("after the boot");
        ping = new Pinger(site.net().inHub(), lease[0]);
        ping.more(10, PATIENCE);
        guest.rounds(3);
        chapter("boot", "DHCP, iPXE, HTTP from cfg1; root by AoE from s1", guest.longest(), 0);
        return machine;
    }

    /** The storage node that writes is killed, without a plan and without a word. */
    private void lose() throws Exception {
        progress.phase("loss");
        SeatProcess killed = site.storage(LiveModel.S1).process();
        killed.kill();
        site.commit(
                site.model()
                        .with(site.model()
                                .get(LiveModel.S1, Node.class)
                                .orElseThrow()
                                .lifecycle(new Lifecycle.Lost(Instant.now(), "does not answer"))),
                "s1 is lost");
        SiteExecutor.Handler cut = (order, undo) -> LiveSite.answer(killed::kill);
        prove(
                "plan \"FenceNode\"",
                "DONE",
                site.run(
                        new NodeOperation.FenceNode(LiveModel.S1, site.token() + 1),
                        List.of(LiveModel.S2),
                        Map.of(Verb.FENCE, cut, Verb.POWER_OFF, cut)));
        guest.rounds(3);
        prove("who serves after s1 was killed", "s2", site.serving());
        guest.fixed("without s1");
        chapter("loss", "s1 is killed while it writes; s2 takes over when s1 is cut off", guest.longest(), 0);
    }

    private void back() throws Exception {
        progress.phase("return");
        long lacked = site.back(LiveModel.S1, 11, "san1");
        prove(
                "s1 was filled with what it lacked, not with everything",
                "yes",
                lacked > 0 && lacked < LiveSite.DISK ? "yes" : lacked + " bytes");
        guest.rounds(3);
        chapter("return", "s1 comes back and is filled while the guest works", guest.longest(), lacked);
    }

    /** One bit of the copy that nobody reads flips, in a file that nobody writes. */
    private void corrupt() throws Exception {
        progress.phase("verify");
        byte[] wanted = Arrays.copyOfRange(site.system().fixed(), 5 * FILE_BLOCK, 6 * FILE_BLOCK);
        long at = DiskProofs.find(site.disk(LiveModel.S1), wanted);
        flip(at + 77);
        long before = resynced();
        prove(
                "sectors that verify finds different, while the guest works",
                at / BLOCK * (BLOCK / 512) + "+8",
                verify());
        // What was found is repaired by the resync of the next connection.
        site.storage(LiveModel.S1).process().call(Message.of("reconnect"));
        site.await("the repair", () -> resynced() > before && site.isGood());
        prove("sectors that verify finds different after the repair", "none", verify());
        prove(
                "the block on s1's disk after the repair",
                GuestProofs.sha256(wanted),
                GuestProofs.sha256(DiskProofs.read(site.disk(LiveModel.S1), at, FILE_BLOCK)));
        guest.rounds(3);
        chapter("verify", "one bit of s1's disk flips behind its back", guest.longest(), resynced() - before);
    }

    private long resynced() throws LabException, InterruptedException {
        return site.storage(LiveModel.S1).health().number("resynced");
    }

    private String verify() throws LabException, InterruptedException {
        String found =
                site.storage(LiveModel.S2).process().call(Message.of("verify")).text("differing");
        return found.isEmpty() ? "none" : found;
    }

    private void flip(long at) throws IOException {
        try (RandomAccessFile file =
                new RandomAccessFile(site.disk(LiveModel.S1).toFile(), "rw")) {
            file.seek(at);
            int was = file.read();
            file.seek(at);
            file.write(was ^ 0x10);
        }
    }

    private Machine migrate(Machine from) throws Exception {
        progress.phase("migration");
        String refused = site.storage(LiveModel.S1)
                .process()
                .call(Message.of("try-promote"))
                .text("refused");
        Machine to = site.guest("h2", "-incoming", "tcp:" + LiveModel.address(22) + ":4444");
        Migration migration = new Migration(site, from, to);
        String end = site.run(
                new GuestOperation.LiveMigrate(LiveModel.GUEST, LiveModel.H2),
                List.of(LiveModel.S1, LiveModel.S2),
                Map.of(
                        Verb.MIGRATE, (order, undo) -> LiveSite.answer(migration::flow),
                        Verb.SWITCH_OVER, (order, undo) -> LiveSite.answer(migration::settle)));
        guest.on(to);
        guest.rounds(3);
        prove("plan \"LiveMigrate\"", "DONE", end);
        prove("a second writer before the lease", "refused", refused.equals("true") ? "refused" : "allowed");
        prove("two writers during the migration", "yes", migration.twoWriters() ? "yes" : "no");
        prove("two writers after it", "no", site.twoWriters() ? "yes" : "no");
        guest.fixed("on h2");
        chapter("migration", "the running guest moves from h1 to h2: " + migration, guest.longest(), 0);
        return to;
    }

    private void failOver(Machine machine) throws Exception {
        progress.phase("ConfigNode");
        String before = machine.run("cat /run/lease").split(" ", -1)[0];
        site.config("cfg2", 2);
        prove(
                "the standby serves beside the other",
                "no",
                LiveSite.is(site.config("cfg2").call(Message.of("health")), "serving") ? "yes" : "no");
        long killed = System.nanoTime();
        site.config("cfg1").kill();
        site.commit(site.model().with(LiveModel.added()), "h3 is added by its card and its tag");
        site.await("cfg2 to serve", () -> LiveSite.is(site.config("cfg2").call(Message.of("health")), "serving"));
        double silent = (System.nanoTime() - killed) / 1e9;
        site.commit(
                site.model().with(configNode(LiveModel.CFG1, false)).with(configNode(LiveModel.CFG2, true)),
                "cfg2 serves in place of cfg1");
        try (Machine server = site.server("h3", 33, LiveModel.NEW_CARD.toString())) {
            machine.run("rm /run/lease; killall udhcpc; udhcpc -n -q -i eth0 -s /run/bin/lease");
            prove(
                    "the guest's address, and who gave it, after the fail-over",
                    before + " 10.77.0.2",
                    machine.run("cat /run/lease"));
            server.ready();
            prove("the new server boots from", "10.77.0.2", server.bootedFrom());
            prove(
                    "SHA-256 of its first program",
                    site.system().firstProgram(),
                    server.run("sha256sum </init | cut -d' ' -f1"));
        }
        guest.rounds(3);
        chapter(
                "ConfigNode",
                String.format(Locale.ROOT, "cfg1 is killed, cfg2 serves after %.1f s; h3 is added and boots", silent),
                guest.longest(),
                0);
    }

    private ConfigNode configNode(NodeId id, boolean serves) {
        return site.model().get(id, ConfigNode.class).orElseThrow().servesBoot(serves);
    }

    /** From the guest, and from the disks when nothing uses them any more. */
    private void finish(Machine machine) throws Exception {
        progress.phase("proof");
        guest.rounds(3);
        prove("reads and writes of the guest that failed or were wrong", "none", guest.wrong());
        if (ping != null) {
            ping.close();
        }
        Map<String, String> files = guest.stop();
        machine.close();
        for (NodeId node : List.of(LiveModel.S1, LiveModel.S2)) {
            site.storage(node).process().call(Message.of("end"));
        }
        new DiskProofs(site, this::prove).prove(files);
        chapter("proof", "the guest's files, and both disks block by block", 0, 0);
    }

    private void prove(String subject, String expected, String actual) {
        proofs.add(new Proof(subject, expected, actual));
    }

    private void chapter(String name, String words, long pauseMillis, long bytes) {
        long now = System.nanoTime();
        double gap = ping == null ? Double.NaN : ping.longestGap(chapterBegan, now) / 1e6;
        chapters.add(new Chapter(name, words, now, (now - chapterBegan) / 1e9, pauseMillis, gap, bytes));
        chapterBegan = now;
        progress.update(1, words);
    }
}
