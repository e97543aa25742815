package io.diskless.benchmarks.lab.live;

import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** What lies on the disks, when nothing uses them any more. Confined to one thread. */
final class DiskProofs {
    private static final int BLOCK = 4096;

    private final LiveSite site;
    private final GuestProofs.Court court;

    DiskProofs(LiveSite site, GuestProofs.Court court) {
        this.site = site;
        this.court = court;
    }

    /** Both copies are alike, hold a sound file system, and in it what the guest said that it had read. */
    void prove(Map<String, String> files) throws IOException {
        byte[] one = content(LiveModel.S1);
        byte[] other = content(LiveModel.S2);
        int differing = 0;
        for (int at = 0; at < one.length; at += BLOCK) {
            if (!Arrays.equals(one, at, at + BLOCK, other, at, at + BLOCK)) {
                differing++;
            }
        }
        int blocks = one.length / BLOCK;
        court.prove("blocks of " + blocks + " in which the copies differ", "0", Integer.toString(differing));
        court.prove("SHA-256 of both copies", GuestProofs.sha256(one), GuestProofs.sha256(other));
        for (NodeId node : new NodeId[] {LiveModel.S1, LiveModel.S2}) {
            Path copy = Files.write(site.folder().resolve(node.name() + ".copy"), content(node));
            Processes.Result checked = Processes.run(Peers.program("e2fsck").toString(), "-f", "-n", copy.toString());
            court.prove(
                    "e2fsck of the copy on " + node.name(),
                    "clean",
                    checked.exitCode() == 0 ? "clean" : checked.output().strip());
            int wrong = 0;
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path dumped = site.folder().resolve("dumped");
                Files.deleteIfExists(dumped);
                Processes.run(
                                Peers.program("debugfs").toString(),
                                "-R",
                                "dump /data/" + file.getKey() + " " + dumped,
                                copy.toString())
                        .orThrow();
                if (!GuestProofs.sha256(Files.readAllBytes(dumped)).equals(file.getValue())) {
                    wrong++;
                }
            }
            court.prove(
                    "SHA-256 of " + files.size() + " files on " + node.name() + ", as the guest last read them",
                    "alike",
                    wrong == 0 ? "alike" : wrong + " differ");
        }
    }

    /** Where a block lies on a disk. */
    static long find(Path disk, byte[] block) throws IOException {
        byte[] all = Files.readAllBytes(disk);
        for (int at = 0; at + block.length <= all.length; at += block.length) {
            if (Arrays.equals(all, at, at + block.length, block, 0, block.length)) {
                return at;
            }
        }
        throw new IOException("the block is not on " + disk);
    }

    static byte[] read(Path disk, long at, int length) throws IOException {
        byte[] read = new byte[length];
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "r")) {
            file.seek(at);
            file.readFully(read);
        }
        return read;
    }

    private byte[] content(NodeId node) throws IOException {
        byte[] content = new byte[GuestSystem.ROOT_MEBIBYTES << 20];
        try (RandomAccessFile file = new RandomAccessFile(site.disk(node).toFile(), "r")) {
            file.readFully(content);
        }
        return content;
    }
}
