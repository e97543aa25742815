package io.diskless.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a node remembers of plans: the keys of the steps that it did, and the highest fencing token that it saw. In a file it
 * outlives the process: a line for each change, with a checksum, forced before the change counts. Thread-safe.
 */
public final class StepMemory implements AutoCloseable {
    private static final int CHECKSUM = 8;

    private final Set<String> done = new HashSet<>();
    private final @Nullable FileChannel file;
    private long newest = Long.MIN_VALUE;

    private StepMemory(@Nullable FileChannel file) {
        this.file = file;
    }

    /** {@return a memory that ends with the process: for tests, and for nodes that are set up anew at each start} */
    public static StepMemory inMemory() {
        return new StepMemory(null);
    }

    /**
     * Opens a memory, which is made if it is not there. A last line that a crash cut off is dropped: nobody was told of it.
     *
     * @param path of the file
     * @return the memory
     * @throws NodeException DISK if it cannot be read, or is damaged elsewhere than at its end
     */
    public static StepMemory open(Path path) throws NodeException {
        try {
            FileChannel file = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            StepMemory memory = new StepMemory(file);
            try {
                long good = memory.load(Files.readString(path, UTF_8), path);
                file.truncate(good).position(good);
                file.force(true);
                return memory;
            } catch (IOException e) {
                file.close();
                throw e;
            }
        } catch (NodeException e) {
            throw e;
        } catch (IOException e) {
            throw new NodeException(NodeException.Kind.DISK, "the memory of steps " + path + " cannot be opened", e);
        }
    }

    private long load(String text, Path path) throws NodeException {
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            String line = end < 0 ? "" : text.substring(at, end);
            int body = line.length() - CHECKSUM - 1;
            if (body < 2 || !line.endsWith(" " + checksum(line.substring(0, body)))) {
                if (end >= 0 && end + 1 < text.length()) {
                    throw new NodeException(
                            NodeException.Kind.DISK,
                            path + " is damaged at character " + at
                                    + ": what was done is not known. Remedy: look at the node, then move the file away");
                }
                break;
            }
            replay(line.charAt(0), line.substring(2, body));
            at = end + 1;
        }
        return text.substring(0, at).getBytes(UTF_8).length;
    }

    private void replay(char what, String value) {
        switch (what) {
            case 't' -> newest = Math.max(newest, Long.parseLong(value));
            case '+' -> done.add(value);
            default -> done.remove(value);
        }
    }

    private static String checksum(String line) {
        CRC32C crc = new CRC32C();
        crc.update(line.getBytes(UTF_8));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    private void write(String line) throws NodeException {
        if (file == null) {
            return;
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap((line + " " + checksum(line) + "\n").getBytes(UTF_8));
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(false);
        } catch (IOException e) {
            throw new NodeException(NodeException.Kind.DISK, "the memory of steps cannot be written", e);
        }
    }

    /** {@return the highest token that was seen; {@link Long#MIN_VALUE} if there was none} */
    public synchronized long newest() {
        return newest;
    }

    /**
     * Somebody comes with a token.
     *
     * @param token the token
     * @return whether he may give orders: nobody came with a higher one
     * @throws NodeException DISK if it cannot be remembered; then he may not
     */
    public synchronized boolean admits(long token) throws NodeException {
        if (token > newest) {
            write("t " + token);
            newest = token;
        }
        return token == newest;
    }

    /**
     * Whether a step was done.
     *
     * @param key of the step
     * @return whether
     */
    public synchronized boolean isDone(String key) {
        return done.contains(key);
    }

    /**
     * A step was done, or was taken back.
     *
     * @param key of the step
     * @param now whether it is done
     * @throws NodeException DISK if it cannot be remembered
     */
    public synchronized void set(String key, boolean now) throws NodeException {
        if (key.isEmpty() || key.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a key is a text of one line, got \"" + key + "\"");
        }
        if (done.contains(key) != now) {
            write((now ? "+ " : "- ") + key);
            if (now) {
                done.add(key);
            } else {
                done.remove(key);
            }
        }
    }

    @Override
    public synchronized void close() throws NodeException {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw new NodeException(NodeException.Kind.DISK, "the memory of steps cannot be closed", e);
            }
        }
    }
}
