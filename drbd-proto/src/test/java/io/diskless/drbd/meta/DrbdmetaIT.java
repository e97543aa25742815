package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of ours before the real drbdmeta on a loop device, and its images before us. */
@RequiresPeer("drbdmeta")
class DrbdmetaIT {
    @TempDir
    private Path directory;

    private final Cleanup cleanup = new Cleanup();
    private String loop = "";

    @BeforeEach
    void disk() throws IOException {
        Path image = directory.resolve("disk.img");
        try (var channel = java.nio.channels.FileChannel.open(
                image, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.allocate(1), (600L << 20) - 1);
        }
        loop = Processes.run("losetup", "-f", "--show", image.toString())
                .orThrow()
                .output()
                .strip();
        cleanup.add((AutoCloseable) () -> Processes.run("losetup", "-d", loop).orThrow());
    }

    @AfterEach
    void tidy() throws Exception {
        cleanup.close();
    }

    private String drbdmeta(String... words) {
        String[] command = new String[5 + words.length];
        command[0] = Peers.program("drbdmeta").toString();
        command[1] = "--force";
        command[2] = "0";
        command[3] = "v08";
        command[4] = loop;
        System.arraycopy(words, 0, command, 5, words.length);
        return Processes.run(command).orThrow().output();
    }

    private String dumpMd() {
        String text = drbdmeta("internal", "dump-md");
        return text.substring(text.indexOf("version"));
    }

    private BlockDevice open() throws IOException {
        // The block device, not the file under it: what drbdmeta wrote through the one may not be in the other yet.
        return FileDevice.open(Path.of(loop), FileOptions.builder().build());
    }

    private static String withoutFlags(String dump) {
        return dump.replaceFirst("flags 0x[0-9A-F]{8};", "flags;");
    }

    private String ourDump() throws IOException {
        try (BlockDevice device = open()) {
            StringBuilder text = new StringBuilder();
            MetaImage.read(device, device, MetaPlacement.INTERNAL).dump(text);
            return text.toString();
        }
    }

    /** Runs of all lengths around those where drbdmeta's notation changes, between random words. */
    private static void fill(DirtyBitmap bitmap, SplittableRandom random) {
        for (long word = 0; word < bitmap.words(); ) {
            int run = random.nextInt(4) == 0 ? random.nextInt(40) : 1;
            long value = random.nextInt(3) == 0 ? 0 : random.nextInt(3) == 0 ? -1 : random.nextLong();
            for (int i = 0; i < run && word < bitmap.words(); i++) {
                bitmap.or(word++, value);
            }
        }
    }

    @Test
    void drbdmetaReadsWhatAVolumeOfOursLeaves() throws Exception {
        try (BlockDevice device = open()) {
            MetaData.create(device, device, MetaOptions.builder().build()).get();
            MetaData metaData =
                    MetaData.open(device, device, MetaOptions.builder().build()).get();
            fill(metaData.bitmap(), new SplittableRandom(1));
            var agreed = new java.util.concurrent.CompletableFuture<Void>();
            metaData.agree(metaData.layout().dataSectors() - 8, false, new MetaOpener.Ending(agreed));
            agreed.get();
            var updated = new java.util.concurrent.CompletableFuture<Void>();
            metaData.update(
                    s -> s.withUuids(0x1122334455667788L, 0x99aabbccddeeff00L, 0x123456789abcdeeL, 4)
                            .with(MetaFlag.CONSISTENT)
                            .with(MetaFlag.WAS_UP_TO_DATE)
                            .withPeerMaxBio(1 << 20),
                    new MetaOpener.Ending(updated));
            updated.get();
            var detached = new java.util.concurrent.CompletableFuture<Void>();
            metaData.detach(new MetaOpener.Ending(detached));
            detached.get();
        }
        assertThat(drbdmeta("internal", "get-gi"))
                .contains("1122334455667788:99AABBCCDDEEFF00:0123456789ABCDEE:0000000000000004:1:1:0:0:0:0:0");
        assertThat(withoutFlags(ourDump())).isEqualTo(withoutFlags(dumpMd()));
    }

    @Test
    void drbdmetaAppliesOurLog() throws Exception {
        try (BlockDevice device = open()) {
            MetaData.create(device, device, MetaOptions.builder().build()).get();
            MetaData metaData =
                    MetaData.open(device, device, MetaOptions.builder().build()).get();
            var agreed = new java.util.concurrent.CompletableFuture<Void>();
            metaData.agree(metaData.layout().dataSectors(), false, new MetaOpener.Ending(agreed));
            agreed.get();
            var primary = new java.util.concurrent.CompletableFuture<Void>();
            metaData.update(s -> s.with(MetaFlag.PRIMARY_IND), new MetaOpener.Ending(primary));
            primary.get();
            // More transactions than the ring has blocks.
            for (int extent = 0; extent < 140; extent += 7) {
                var hot = new java.util.concurrent.CompletableFuture<Void>();
                metaData.activityLog().begin((long) extent * ActivityLog.EXTENT, 4096, new MetaOpener.Ending(hot));
                hot.get();
            }
            metaData.close();
        }
        String ours = ourDump();
        assertThat(drbdmeta("internal", "apply-al")).contains("as out-of-sync based on AL");
        String applied = dumpMd();
        assertThat(applied).contains("# bits-set 20480;");
        assertThat(withoutFlags(ours.replaceFirst("# 20 extents.*\n", ""))).isEqualTo(withoutFlags(applied));
    }

    @Test
    void weReadWhatDrbdmetaRestoredFromOurText() throws Exception {
        drbdmeta("internal", "create-md");
        String fresh = ourDump().replaceFirst("la-size-sect 0;", "la-size-sect 1228000;");
        String text;
        Path file = directory.resolve("dump.txt");
        try (BlockDevice device = open()) {
            MetaImage image = MetaImage.restore(device, device, MetaPlacement.INTERNAL, new StringReader(fresh), true);
            fill(image.bitmap(), new SplittableRandom(2));
            StringBuilder out = new StringBuilder();
            image.dump(out);
            text = out.toString();
        }
        Files.writeString(file, text);
        drbdmeta("internal", "create-md");
        drbdmeta("internal", "restore-md", file.toString());
        drbdmeta("internal", "apply-al");
        assertThat(withoutFlags(dumpMd())).isEqualTo(withoutFlags(text));
        assertThat(withoutFlags(ourDump())).isEqualTo(withoutFlags(text));
    }
}
