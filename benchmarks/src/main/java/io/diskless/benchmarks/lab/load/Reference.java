package io.diskless.benchmarks.lab.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/**
 * What every block of the area under load must hold: the version whose write was acknowledged last. Each element is
 * changed by one request at a time; Thread-safe under that rule once the load has ended.
 */
public final class Reference {
    private final Pattern pattern;
    private final int[] acknowledged;

    /**
     * An area that nobody wrote.
     *
     * @param pattern what versions look like
     * @param blocks how many
     */
    public Reference(Pattern pattern, int blocks) {
        this(pattern, new int[blocks]);
    }

    private Reference(Pattern pattern, int[] acknowledged) {
        this.pattern = pattern;
        this.acknowledged = acknowledged;
    }

    /**
     * How many blocks there are.
     *
     * @return blocks
     */
    public int blocks() {
        return acknowledged.length;
    }

    int version(int block) {
        return acknowledged[block];
    }

    void acknowledge(int block, int version) {
        acknowledged[block] = version;
    }

    /**
     * Fills a buffer with what a block must hold.
     *
     * @param to little-endian, at least {@link Pattern#BLOCK} bytes from index 0
     * @param block its number
     */
    public void fill(ByteBuffer to, int block) {
        pattern.fill(to, block, acknowledged[block]);
    }

    /**
     * Feeds the whole area to a digest.
     *
     * @param digest gets every byte in order
     */
    public void digest(MessageDigest digest) {
        ByteBuffer block = ByteBuffer.allocate(Pattern.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < acknowledged.length; i++) {
            fill(block, i);
            digest.update(block.array());
        }
    }

    /**
     * How many writes were acknowledged.
     *
     * @return the sum of all versions: each write of a block raises its version by one
     */
    public long writes() {
        long sum = 0;
        for (int version : acknowledged) {
            sum += version;
        }
        return sum;
    }

    /**
     * Stores the versions.
     *
     * @param file made or replaced
     * @throws IOException if it cannot be written
     */
    public void save(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(acknowledged.length * Integer.BYTES);
        bytes.asIntBuffer().put(acknowledged);
        Files.write(file, bytes.array());
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @param file versions
     * @param pattern what they look like
     * @return the reference
     * @throws IOException if it cannot be read
     */
    public static Reference load(Path file, Pattern pattern) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        int[] versions = new int[bytes.remaining() / Integer.BYTES];
        bytes.asIntBuffer().get(versions);
        return new Reference(pattern, versions);
    }
}
