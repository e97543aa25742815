package io.diskless.netboot.simulate;

import io.diskless.netboot.Datagram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Loads files by TFTP (RFC 1350, 2347, 2348, 7440), acknowledging each window. Not thread-safe. */
final class TftpClient {
    private static final int SERVER = 69;
    private static final int DATA = 3;
    private static final int ERROR = 5;
    private static final int OACK = 6;
    private static final int HEADER = 4;
    private static final int REPEATS = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** What edk2 says after it has learned the size. */
    private static final byte[] ABORT = error(8, "User aborted the transfer");

    private final ClientLink link;
    private final Notes notes;
    private final Map<TftpStyle, Integer> ports = new EnumMap<>(TftpStyle.class);

    TftpClient(ClientLink link, Notes notes) {
        this.link = link;
        this.notes = notes;
    }

    private static byte[] error(int code, String text) {
        byte[] octets = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(HEADER + octets.length + 1)
                .putShort((short) ERROR)
                .putShort((short) code)
                .put(octets)
                .array();
    }

    private static byte[] ack(long block) {
        return ByteBuffer.allocate(HEADER)
                .putShort((short) 4)
                .putShort((short) block)
                .array();
    }

    /** A file, or nothing where the server has none. */
    Optional<Body> fetch(InetAddress server, String file, TftpStyle style) throws IOException {
        int next = ports.merge(style, 1, Integer::sum) - 1;
        try (ClientLink.Udp port = link.open(style.firstPort() == 0 ? 0 : style.firstPort() + next)) {
            return new Load(port, new InetSocketAddress(server, SERVER), file, style).run();
        }
    }

    /** One file. */
    private final class Load {
        private final ClientLink.Udp port;
        private final InetSocketAddress server;
        private final String file;
        private final TftpStyle style;
        private final Body body = new Body();
        private InetSocketAddress peer;
        private byte[] said;
        private int blockSize = 512;
        private int window = 1;
        private int unacknowledged;
        private long have;
        private boolean finished;

        Load(ClientLink.Udp port, InetSocketAddress server, String file, TftpStyle style) {
            this.port = port;
            this.server = server;
            this.file = file;
            this.style = style;
            this.peer = server;
            this.said = style.request(file);
        }

        Optional<Body> run() throws IOException {
            port.send(server, said);
            int repeats = 0;
            while (!finished) {
                Optional<Datagram> in = port.receive(PATIENCE);
                if (in.isEmpty()) {
                    if (++repeats > REPEATS) {
                        throw new IOException("no answer from " + peer + " about " + file + " after block " + have);
                    }
                    port.send(peer, said);
                } else if (isOurs(in.get())) {
                    repeats = 0;
                    if (!hear(in.get().payload().duplicate())) {
                        return Optional.empty();
                    }
                }
            }
            return Optional.of(body);
        }

        /** The first answer tells the server's port for this file. */
        private boolean isOurs(Datagram in) {
            if (peer.equals(server) && in.from().getAddress().equals(server.getAddress())) {
                peer = in.from();
            }
            return in.from().equals(peer) && in.payload().remaining() >= 2;
        }

        private boolean hear(ByteBuffer in) throws IOException {
            int opcode = in.getShort() & 0xFFFF;
            if (opcode == ERROR) {
                String text = StandardCharsets.ISO_8859_1.decode(in).toString();
                notes.step("no " + file + ": "
                        + (text.length() > 2 ? text.substring(2).replace("\0", "") : "error"));
                return false;
            }
            if (opcode == OACK && have == 0) {
                options(StandardCharsets.ISO_8859_1.decode(in).toString().split("\0", -1));
                if (style == TftpStyle.EDK2_PROBE) {
                    port.send(peer, ABORT);
                    finished = true;
                } else {
                    say(ack(0));
                }
            } else if (opcode == DATA && in.remaining() >= 2) {
                data(in);
            }
            return true;
        }

        private void options(String[] texts) throws IOException {
            for (int i = 0; i + 1 < texts.length; i += 2) {
                try {
                    if (texts[i].equalsIgnoreCase("blksize")) {
                        blockSize = Integer.parseInt(texts[i + 1]);
                    } else if (texts[i].equalsIgnoreCase("windowsize")) {
                        window = Integer.parseInt(texts[i + 1]);
                    }
                } catch (NumberFormatException e) {
                    throw new IOException("the server grants " + texts[i] + " \"" + texts[i + 1] + "\"", e);
                }
            }
        }

        private void data(ByteBuffer in) throws IOException {
            int block = in.getShort() & 0xFFFF;
            if (block != ((have + 1) & 0xFFFF)) {
                // Something before it was lost, or this is a repetition: say what is there, once for a window.
                if (unacknowledged > 0) {
                    say(ack(have));
                }
                return;
            }
            have++;
            unacknowledged++;
            int count = in.remaining();
            if (count > blockSize) {
                throw new IOException("a block of " + count + " octets where " + blockSize + " were agreed");
            }
            byte[] octets = new byte[count];
            in.get(octets);
            body.add(octets, 0, count);
            finished = count < blockSize;
            if (finished || unacknowledged >= window) {
                say(ack(have));
            }
        }

        private void say(byte[] packet) throws IOException {
            said = packet;
            unacknowledged = 0;
            port.send(peer, packet);
        }
    }
}
