package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.NetbootException;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases in a file that only grows: one record of fixed size for every change, each with its own checksum.
 *
 * <pre>
 *  header   "DLSKLEAS" (8)  version 1 (4)  CRC-32C of the 12 octets before (4)
 *  record   state (1)  zero (1)  MAC (6)  address (4)  expires (8)  CRC-32C of the 20 octets before (4)
 *           state: 1 bound, 2 released, 3 declined; all integers big-endian
 * </pre>
 *
 * <p>{@link #commit} returns when the records are on the disk. What a power cut left half-written at the end is cut off at
 * the next start: no ACK was sent for it. A record that is damaged elsewhere is left out alone, and counted. When most records
 * no longer count, a new file is written beside the old one and takes its place in one step, so that at every moment one
 * of them is whole. A lock file keeps a second server away. Not thread-safe.
 */
public final class LeaseJournal implements LeaseStore {
    static final int HEADER = 16;
    static final int RECORD = 24;

    private static final byte[] MAGIC = "DLSKLEAS".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    /** Below this many records nothing is rewritten: 96 KiB are not worth it. */
    private static final int REWRITE_FROM = 4096;

    private static final Logger LOG = LoggerFactory.getLogger(LeaseJournal.class);

    private final Path file;
    private final FileChannel lock;
    private final List<Lease> loaded;
    private final Recovery recovery;
    private final boolean force;
    private @Nullable FileChannel journal;
    private long records;
    private long rewrites;
    private long rewriteAt = REWRITE_FROM;

    /**
     * What was found at the start. Immutable.
     *
     * @param records good records
     * @param tornOctets octets cut off at the end, which a crash had left
     * @param damaged records elsewhere whose checksum was wrong, left out
     */
    public record Recovery(long records, long tornOctets, long damaged) {}

    private LeaseJournal(Path file, FileChannel lock, boolean force) throws IOException {
        this.file = file;
        this.lock = lock;
        this.force = force;
        Files.deleteIfExists(beside(file));
        byte[] all = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        this.loaded = new ArrayList<>();
        this.recovery = read(all, loaded);
        this.records = recovery.records();
        if (all.length < HEADER || recovery.damaged() > 0) {
            rewrite(live());
        } else {
            FileChannel opened = FileChannel.open(file, StandardOpenOption.WRITE);
            this.journal = opened;
            if (recovery.tornOctets() > 0) {
                opened.truncate(all.length - recovery.tornOctets());
                opened.force(true);
            }
            opened.position(all.length - recovery.tornOctets());
        }
    }

    /**
     * Opens a journal, or makes it. Every commit waits for the disk.
     *
     * @param file the journal; its folder must exist, and files with the same name and {@code .new} and {@code .lock} behind
     *     it belong to it
     * @return the journal
     * @throws NetbootException where it cannot be read, is no journal, or another server has it
     */
    public static LeaseJournal open(Path file) throws NetbootException {
        return open(file, true);
    }

    /**
     * Opens a journal that leaves it to the system when records reach the disk: they survive the end of the process, but
     * not a power cut.
     *
     * @param file the journal
     * @return the journal
     * @throws NetbootException where it cannot be read, is no journal, or another server has it
     */
    public static LeaseJournal openUnforced(Path file) throws NetbootException {
        return open(file, false);
    }

    private static LeaseJournal open(Path file, boolean force) throws NetbootException {
        Path path = file.toAbsolutePath();
        try {
            FileChannel lock = FileChannel.open(
                    path.resolveSibling(path.getFileName() + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            try {
                if (lock.tryLock() == null) {
                    throw new OverlappingFileLockException();
                }
                return new LeaseJournal(path, lock, force);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (OverlappingFileLockException e) {
            throw new NetbootException(NetbootException.Kind.IO, file + " is in use by another server", e);
        } catch (IOException e) {
            throw new NetbootException(NetbootException.Kind.IO, "cannot open " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads a journal that a server may be writing to, and changes nothing.
     *
     * @param file the journal
     * @return the leases that count, in no order
     * @throws NetbootException where it cannot be read or is no journal
     */
    public static Collection<Lease> read(Path file) throws NetbootException {
        List<Lease> all = new ArrayList<>();
        try {
            read(Files.readAllBytes(file), all);
        } catch (IOException e) {
            throw new NetbootException(NetbootException.Kind.IO, "cannot read " + file + ": " + e.getMessage(), e);
        }
        return counting(all);
    }

    private static Collection<Lease> counting(List<Lease> all) {
        LeaseTable table = new LeaseTable();
        all.forEach(table::apply);
        return List.copyOf(table.all());
    }

    private Collection<Lease> live() {
        return counting(loaded);
    }

    /** Fills in the good records. */
    static Recovery read(byte[] all, List<Lease> into) throws IOException {
        if (all.length < HEADER) {
            // A crash while the first file was made: it had no records.
            return new Recovery(0, all.length, 0);
        }
        ByteBuffer b = ByteBuffer.wrap(all);
        byte[] header = header().array();
        if (!b.slice(0, HEADER).equals(ByteBuffer.wrap(header))) {
            throw new IOException("expected the header of a lease journal of version " + VERSION);
        }
        int bad = 0;
        long damaged = 0;
        int at = HEADER;
        for (; at + RECORD <= all.length; at += RECORD) {
            Optional<Lease> lease = decode(b, at);
            if (lease.isPresent()) {
                into.add(lease.get());
                damaged += bad;
                bad = 0;
            } else {
                bad++;
            }
        }
        return new Recovery(into.size(), (long) bad * RECORD + (all.length - at), damaged);
    }

    private static ByteBuffer header() {
        ByteBuffer b = ByteBuffer.allocate(HEADER).put(MAGIC).putInt(VERSION);
        return b.putInt(crc(b, 0, b.position())).flip();
    }

    private static int crc(ByteBuffer b, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(b.slice(at, length));
        return (int) crc.getValue();
    }

    private static int code(Lease.State state) {
        return switch (state) {
            case BOUND -> 1;
            case RELEASED -> 2;
            case DECLINED -> 3;
        };
    }

    private static Optional<Lease.State> state(int code) {
        for (Lease.State state : Lease.State.values()) {
            if (code(state) == code) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }

    static void encode(Lease lease, ByteBuffer b) {
        int at = b.position();
        b.put((byte) code(lease.state())).put((byte) 0);
        b.putShort((short) (lease.mac().value() >> 32)).putInt((int) lease.mac().value());
        b.put(lease.address().getAddress()).putLong(lease.expires());
        b.putInt(crc(b, at, RECORD - 4));
    }

    private static Optional<Lease> decode(ByteBuffer b, int at) {
        Optional<Lease.State> state = state(b.get(at));
        long expires = b.getLong(at + 12);
        if (crc(b, at, RECORD - 4) != b.getInt(at + 20) || state.isEmpty() || expires < 0) {
            return Optional.empty();
        }
        long mac = (b.getShort(at + 2) & 0xFFFFL) << 32 | (b.getInt(at + 4) & 0xFFFF_FFFFL);
        Inet4Address address = DhcpHeader.address(b.getInt(at + 8));
        return Optional.of(new Lease(address, MacAddress.of(mac), expires, state.get()));
    }

    private static Path beside(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    /** A new file with these alone takes the old one's place. */
    private void rewrite(Collection<Lease> live) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(HEADER + live.size() * RECORD).put(header());
        live.forEach(lease -> encode(lease, all));
        FileChannel next = FileChannel.open(
                beside(file),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        try {
            write(next, all.flip());
            if (force) {
                next.force(true);
            }
            Files.move(beside(file), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            if (force) {
                // The name is on the disk only with its folder.
                try (FileChannel folder = FileChannel.open(file.resolveSibling("."), StandardOpenOption.READ)) {
                    folder.force(true);
                }
            }
        } catch (IOException e) {
            next.close();
            throw e;
        }
        FileChannel old = journal;
        journal = next;
        records = live.size();
        rewrites++;
        if (old != null) {
            old.close();
        }
    }

    private static void write(FileChannel to, ByteBuffer all) throws IOException {
        while (all.hasRemaining()) {
            to.write(all);
        }
    }

    /**
     * What was found at the start.
     *
     * @return how much was good
     */
    public Recovery recovery() {
        return recovery;
    }

    @Override
    public Collection<Lease> load() {
        return List.copyOf(loaded);
    }

    /** How often a new file took the old one's place, the first one included. */
    long rewrites() {
        return rewrites;
    }

    @Override
    public void commit(List<Lease> changes, Supplier<Collection<Lease>> live) throws NetbootException {
        FileChannel to = journal;
        if (to == null || !to.isOpen()) {
            throw new NetbootException(NetbootException.Kind.IO, file + " is closed");
        }
        ByteBuffer all = ByteBuffer.allocate(changes.size() * RECORD);
        changes.forEach(lease -> encode(lease, all));
        try {
            append(to, all.flip());
        } catch (IOException e) {
            throw new NetbootException(NetbootException.Kind.IO, "cannot write to " + file + ": " + e.getMessage(), e);
        }
        records += changes.size();
        if (records >= rewriteAt) {
            rewriteIfWorthIt(live.get());
        }
    }

    /** The changes are on the disk already: a rewrite that fails costs only room, and is tried again later. */
    private void rewriteIfWorthIt(Collection<Lease> counting) {
        try {
            if (records > 2L * counting.size()) {
                rewrite(counting);
            }
        } catch (IOException e) {
            LOG.warn("cannot shorten {}, which goes on growing", file, e);
        }
        rewriteAt = Math.max(REWRITE_FROM, 2 * records);
    }

    /** Whole or not at all: after a full disk, the next record must not come behind half of another. */
    private void append(FileChannel to, ByteBuffer all) throws IOException {
        long before = to.position();
        try {
            write(to, all);
            if (force) {
                to.force(false);
            }
        } catch (IOException e) {
            try {
                to.truncate(before);
                to.position(before);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    @Override
    public void close() throws NetbootException {
        FileChannel open = journal;
        try {
            try {
                if (open != null) {
                    open.close();
                }
            } finally {
                lock.close();
            }
        } catch (IOException e) {
            throw new NetbootException(NetbootException.Kind.IO, "cannot close " + file + ": " + e.getMessage(), e);
        }
    }
}
