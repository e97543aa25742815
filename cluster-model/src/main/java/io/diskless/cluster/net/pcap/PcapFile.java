package io.diskless.cluster.net.pcap;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads and writes captures of Ethernet frames in the classic pcap format.
 *
 * <pre>
 *  file    u32 magic A1B2C3D4 (microseconds) or A1B23C4D (nanoseconds), in the writer's byte order
 *          u16 major 2, u16 minor 4, u32 zone, u32 accuracy, u32 snap length, u32 link type 1 (Ethernet)
 *  frame   u32 seconds, u32 fraction, u32 bytes in the file, u32 bytes on the wire, then the bytes
 * </pre>
 *
 * <p>Written files are little-endian with nanoseconds; both byte orders and both precisions are read.
 */
public final class PcapFile {
    private static final int MICROSECONDS = 0xA1B2C3D4;
    private static final int NANOSECONDS = 0xA1B23C4D;
    private static final int FILE_HEADER = 24;
    private static final int FRAME_HEADER = 16;
    private static final int ETHERNET = 1;
    /** What tcpdump calls its maximum; a longer frame is a damaged file. */
    private static final int LONGEST = 262_144;

    private PcapFile() {}

    /** The file is no capture, or a damaged one; the message says where. */
    public static final class FormatException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private FormatException(String message) {
            super(message);
        }
    }

    /** Takes the frames of a capture. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * One frame.
         *
         * @param nanos when it was captured, since 1970
         * @param bytes the captured bytes, from index 0; valid until this method returns
         * @param captured how many of them
         * @param original how long the frame was on the wire; more than {@code captured} if it was cut short
         */
        void onFrame(long nanos, ByteBuffer bytes, int captured, int original);
    }

    /** Appends frames to a new capture. Thread-safe. */
    public static final class Writer implements AutoCloseable {
        private final FileChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);

        private Writer(FileChannel channel) {
            this.channel = channel;
            buffer.putInt(NANOSECONDS)
                    .putShort((short) 2)
                    .putShort((short) 4)
                    .putInt(0)
                    .putInt(0);
            buffer.putInt(LONGEST).putInt(ETHERNET);
        }

        /**
         * Appends a frame.
         *
         * @param nanos since 1970
         * @param frame bytes from index 0
         * @param length how many of them, at most 262144
         * @throws ClosedChannelException if the writer was closed
         * @throws IOException if the file cannot be written
         */
        public synchronized void write(long nanos, ByteBuffer frame, int length) throws IOException {
            if (length < 0 || length > LONGEST) {
                throw new IllegalArgumentException("a frame has 0 to " + LONGEST + " bytes, got " + length);
            }
            if (!channel.isOpen()) {
                throw new ClosedChannelException();
            }
            if (buffer.remaining() < FRAME_HEADER + length) {
                flush();
            }
            buffer.putInt((int) Math.floorDiv(nanos, 1_000_000_000L))
                    .putInt((int) Math.floorMod(nanos, 1_000_000_000L))
                    .putInt(length)
                    .putInt(length);
            buffer.put(buffer.position(), frame, 0, length).position(buffer.position() + length);
        }

        /**
         * Hands what was appended to the file.
         *
         * @throws IOException if the file cannot be written
         */
        public synchronized void flush() throws IOException {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        }

        @Override
        public synchronized void close() throws IOException {
            if (!channel.isOpen()) {
                return;
            }
            try (channel) {
                flush();
            }
        }
    }

    /**
     * Starts a capture.
     *
     * @param file is replaced if it exists
     * @return a writer
     * @throws IOException if the file cannot be made
     */
    public static Writer create(Path file) throws IOException {
        return new Writer(FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE));
    }

    /**
     * Reads a capture from its beginning to its end.
     *
     * @param file to read
     * @param visitor called for each frame
     * @throws FormatException if it is no capture of Ethernet frames or ends in the middle of one, after all frames
     *     before that were visited
     * @throws IOException if it cannot be read
     */
    public static void read(Path file, Visitor visitor) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer b = ByteBuffer.allocate(LONGEST);
            fill(channel, b, FILE_HEADER);
            int magic = b.order(ByteOrder.LITTLE_ENDIAN).getInt(0);
            ByteOrder order = ByteOrder.LITTLE_ENDIAN;
            if (magic != MICROSECONDS && magic != NANOSECONDS) {
                order = ByteOrder.BIG_ENDIAN;
                magic = Integer.reverseBytes(magic);
            }
            int type = b.order(order).getInt(20) & 0xFFFF;
            if (magic != MICROSECONDS && magic != NANOSECONDS) {
                throw corrupt(
                        file,
                        "expected magic a1b2c3d4 or a1b23c4d, got " + Integer.toHexString(magic)
                                + " (pcapng files can be converted with `editcap -F pcap`)");
            }
            if (type != ETHERNET) {
                throw corrupt(file, "expected link type 1 (Ethernet), got " + type);
            }
            int unit = magic == MICROSECONDS ? 1000 : 1;
            while (channel.position() < channel.size()) {
                long at = channel.position();
                fill(channel, b.order(order), FRAME_HEADER);
                long nanos = (b.getInt(0) & 0xFFFF_FFFFL) * 1_000_000_000L + (b.getInt(4) & 0xFFFF_FFFFL) * unit;
                int captured = b.getInt(8);
                int original = b.getInt(12);
                if (captured < 0 || captured > LONGEST || original < captured) {
                    throw corrupt(
                            file,
                            "frame at offset " + at + " claims " + Integer.toUnsignedString(captured) + " bytes of "
                                    + Integer.toUnsignedString(original));
                }
                fill(channel, b, captured);
                visitor.onFrame(nanos, b.order(ByteOrder.BIG_ENDIAN), captured, original);
            }
        } catch (EOFException e) {
            throw corrupt(file, String.valueOf(e.getMessage()));
        }
    }

    private static void fill(FileChannel channel, ByteBuffer b, int count) throws IOException {
        long at = channel.position();
        b.clear().limit(count);
        while (b.hasRemaining()) {
            if (channel.read(b) < 0) {
                throw new EOFException("expected " + count + " bytes at offset " + at + ", got " + b.position());
            }
        }
    }

    private static FormatException corrupt(Path file, String what) {
        return new FormatException("capture " + file + ": " + what);
    }
}
