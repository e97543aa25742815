package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.load.Pattern;
import io.diskless.benchmarks.lab.report.Units;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Tools;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What is written and must come back. Immutable.
 *
 * @param file its bytes
 * @param bytes its size on the disk: that of the file, filled up to whole blocks by zeroes
 * @param description for people
 * @param ext4 whether it is a file system that e2fsck can judge
 * @param note what to tell the user first, if anything
 */
record Image(Path file, long bytes, String description, boolean ext4, Optional<String> note) {
    /** The magic of ext2 to ext4 lies in the superblock at byte 1024, 56 bytes in (ext4 disk layout, s_magic). */
    private static final int MAGIC_AT = 1024 + 56;

    private static final int MAGIC = 0xEF53;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** What mkfs.ext4 takes for the journal of a file system below 128 MiB (1024 blocks), and some for its tables. */
    private static final long OVERHEAD = 5 << 20;

    /** How much of the rest is filled with files. */
    private static final double FILL = 0.8;

    private static final int LARGEST_FILE = 1 << 20;
    private static final int FILES_IN_A_FOLDER = 12;

    /** A fresh ext4 file system full of files, or bytes of a generator where there is no mkfs.ext4. */
    static Image make(Workspace workspace, long bytes, long seed) throws LabException, InterruptedException {
        return make(workspace, bytes, seed, Tools.find("mkfs.ext4"));
    }

    static Image make(Workspace workspace, long bytes, long seed, Optional<Path> mkfs)
            throws LabException, InterruptedException {
        Path file = workspace.file("image");
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(bytes);
        } catch (IOException e) {
            throw new LabException("cannot make the image: " + e.getMessage(), e);
        }
        try {
            if (mkfs.isEmpty()) {
                fill(file, bytes, seed);
                return new Image(
                        file,
                        bytes,
                        "generated image of " + Units.size(bytes),
                        false,
                        Optional.of("no ext4: mkfs.ext4 is not installed, random bytes take its place."
                                + " Remedy: apt-get install e2fsprogs"));
            }
            Path tree = Files.createDirectory(workspace.file("tree"));
            int files = plant(tree, (long) ((bytes - OVERHEAD) * FILL), seed);
            Tools.check(
                    List.of(
                            mkfs.get().toString(),
                            "-q",
                            "-F",
                            "-b",
                            Integer.toString(Pattern.BLOCK),
                            "-L",
                            "diskless",
                            "-d",
                            tree.toString(),
                            file.toString()),
                    "",
                    LIMIT);
            return new Image(
                    file,
                    bytes,
                    "ext4 image of " + Units.size(bytes) + " with " + files + " files",
                    true,
                    Optional.empty());
        } catch (IOException e) {
            throw new LabException("cannot make the image: " + e.getMessage(), e);
        }
    }

    /** An image that the user names. */
    static Image of(Path file) throws LabException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new LabException("cannot read the image " + file + ". Remedy: name a regular file that you may read");
        }
        try {
            long size = Files.size(file);
            if (size == 0) {
                throw new LabException("the image " + file + " is empty. Remedy: name one with something in it");
            }
            long whole = (size + Pattern.BLOCK - 1) / Pattern.BLOCK * Pattern.BLOCK;
            boolean ext4 = isExt(file, size);
            return new Image(
                    file,
                    whole,
                    file.getFileName() + " of " + Units.size(size) + (ext4 ? ", ext4" : ""),
                    ext4,
                    Optional.empty());
        } catch (IOException e) {
            throw new LabException("cannot read the image " + file + ": " + e.getMessage(), e);
        }
    }

    private static boolean isExt(Path file, long size) throws IOException {
        if (size < MAGIC_AT + Short.BYTES) {
            return false;
        }
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "r")) {
            image.seek(MAGIC_AT);
            return (image.read() | image.read() << 8) == MAGIC;
        }
    }

    /** Feeds what must come back to a digest. */
    void digest(MessageDigest digest) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            while (channel.read(buffer.clear()) >= 0) {
                digest.update(buffer.flip());
            }
            digest.update(new byte[(int) (bytes - channel.size())]);
        }
    }

    /** Makes folders of files of many sizes; the same ones for the same seed. */
    private static int plant(Path root, long bytes, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        long left = bytes;
        int count = 0;
        Path folder = root;
        List<String> index = new ArrayList<>();
        while (left > 0) {
            if (count % FILES_IN_A_FOLDER == 0) {
                folder = Files.createDirectory(root.resolve("folder-" + count / FILES_IN_A_FOLDER));
            }
            // Many small, few large: a power of two of bytes, then up to twice that.
            int scale = 1 << random.nextInt(20);
            byte[] content = new byte[(int) Math.min(left, Math.min(LARGEST_FILE, scale + random.nextInt(scale)))];
            random.nextBytes(content);
            Files.write(folder.resolve("file-" + count), content);
            index.add("file-" + count + " " + content.length);
            // A file takes whole blocks and an inode; counted so that the tree fits.
            left -= (content.length / Pattern.BLOCK + 2L) * Pattern.BLOCK;
            count++;
        }
        Files.write(root.resolve("index"), index);
        return count + 1;
    }

    private static void fill(Path file, long bytes, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] block = new byte[1 << 20];
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            for (long left = bytes; left > 0; left -= block.length) {
                random.nextBytes(block);
                out.write(block, 0, (int) Math.min(left, block.length));
            }
        }
    }
}
