package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A client's side of one TFTP transfer, as little as there can be: packets go in, acknowledgements come out. No time and no
 * socket. Not thread-safe.
 */
final class Receiver {
    // RFC 1350 §5 and RFC 2347.
    private static final int RRQ = 1;
    private static final int DATA = 3;
    private static final int ACK = 4;
    private static final int ERROR = 5;
    private static final int OACK = 6;
    private static final int HEADER = 4;

    private final String file;
    private final int wantedBlock;
    private final int wantedWindow;
    private final CRC32C sum = new CRC32C();
    private final ByteBuffer ack = ByteBuffer.allocateDirect(HEADER);
    private int block = 512;
    private int window = 1;
    private int next = 1;
    private int unconfirmed;
    private boolean begun;
    private boolean gap;
    private boolean done;
    private long octets;
    private long again;

    Receiver(String file, int block, int window) {
        this.file = file;
        this.wantedBlock = block;
        this.wantedWindow = window;
    }

    /** What begins it. */
    ByteBuffer request() {
        StringBuilder text =
                new StringBuilder(file).append("\0octet\0blksize\0").append(wantedBlock);
        if (wantedWindow > 1) {
            text.append("\0windowsize\0").append(wantedWindow);
        }
        byte[] octetsOfText = text.append('\0').toString().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(2 + octetsOfText.length)
                .putShort((short) RRQ)
                .put(octetsOfText)
                .flip();
    }

    /** A packet of the server; what to answer, if anything. The buffer is the same each time. */
    @Nullable
    ByteBuffer hear(ByteBuffer packet) throws IOException {
        int opcode = packet.remaining() < 2 ? 0 : packet.getShort(packet.position());
        switch (opcode) {
            case OACK -> {
                if (!begun) {
                    agree(packet);
                }
                return acknowledge(0);
            }
            case DATA -> {
                begun = true;
                return data(packet);
            }
            case ERROR ->
                throw new IOException("the server refused " + file + ": "
                        + StandardCharsets.ISO_8859_1.decode(packet.position(packet.position() + HEADER)));
            default -> throw new IOException("expected a packet of a TFTP server, got opcode " + opcode);
        }
    }

    private void agree(ByteBuffer packet) throws IOException {
        begun = true;
        String[] words = StandardCharsets.ISO_8859_1
                .decode(packet.position(packet.position() + 2))
                .toString()
                .split("\0", -1);
        for (int i = 0; i + 1 < words.length; i += 2) {
            switch (words[i]) {
                case "blksize" -> block = Integer.parseInt(words[i + 1]);
                case "windowsize" -> window = Integer.parseInt(words[i + 1]);
                default -> throw new IOException("an option that was not asked for: " + words[i]);
            }
        }
        if (block != wantedBlock || window != wantedWindow) {
            throw new IOException("asked for blocks of " + wantedBlock + " and a window of " + wantedWindow + ", got "
                    + block + " and " + window);
        }
    }

    private @Nullable ByteBuffer data(ByteBuffer packet) {
        int number = packet.getShort(packet.position() + 2) & 0xFFFF;
        if (number != (next & 0xFFFF)) {
            again++;
            boolean first = !gap;
            gap = true;
            unconfirmed = 0;
            // What comes after a gap is answered once: each answer brings a whole window.
            return first || window == 1 ? acknowledge(next - 1) : null;
        }
        gap = false;
        int length = packet.remaining() - HEADER;
        sum.update(packet.position(packet.position() + HEADER));
        octets += length;
        next++;
        done = length < block;
        if (++unconfirmed < window && !done) {
            return null;
        }
        unconfirmed = 0;
        return acknowledge(next - 1);
    }

    private ByteBuffer acknowledge(int number) {
        return ack.clear().putShort((short) ACK).putShort((short) number).flip();
    }

    /** What to say to a server that is silent. */
    ByteBuffer repeat() {
        again++;
        gap = false;
        unconfirmed = 0;
        return begun ? acknowledge(next - 1) : request();
    }

    boolean isDone() {
        return done;
    }

    long octets() {
        return octets;
    }

    /** Packets that came twice or out of order, and what was repeated. */
    long again() {
        return again;
    }

    /** CRC-32C of all that came. */
    long sum() {
        return sum.getValue();
    }
}
