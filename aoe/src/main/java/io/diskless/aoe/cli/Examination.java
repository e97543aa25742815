package io.diskless.aoe.cli;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.initiator.AtaReply;
import io.diskless.aoe.initiator.TargetControl;
import io.diskless.aoe.initiator.TargetInfo;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The questions of {@code check}: each asks the target one thing and compares the answer with what the protocol and the
 * clients in use need (aoe-wire §4 and §14). Not thread-safe.
 */
final class Examination {
    /** How an answer is graded. */
    enum Grade {
        /** As it should be. */
        OK,
        /** Allowed, and worth knowing. */
        NOTE,
        /** A client in use can lose data or hang because of it. */
        FAULT
    }

    /** One question and its answer. */
    record Finding(Grade grade, String what, String detail) {}

    private static final int EXT = AtaFields.FLAG_EXTENDED;
    private static final int ABORTED = 0x04;
    private static final long SMART_KEY = AtaCommand.SMART_LBA2 << 16 | AtaCommand.SMART_LBA1 << 8;
    private static final int ID_NOT_FOUND = 0x10;

    private final TargetInfo info;
    private final TargetControl control;
    private final Disks disks;
    private final List<Finding> findings = new ArrayList<>();

    /** Opens the target as a disk. */
    interface Disks {
        BlockDevice open() throws IOException;
    }

    Examination(TargetInfo info, TargetControl control, Disks disks) {
        this.info = info;
        this.control = control;
        this.disks = disks;
    }

    /** What was found so far. */
    List<Finding> findings() {
        return findings;
    }

    List<Finding> run(boolean write) throws IOException {
        limits();
        identify();
        reads();
        faults();
        other();
        messages();
        if (write) {
            writes();
        } else {
            note("write", "not tried; --write tries it on the last sector and restores it");
        }
        return findings;
    }

    private void limits() {
        int buffers = info.bufferCount();
        grade(
                buffers >= 2 ? Grade.OK : Grade.FAULT,
                "buffer count",
                buffers + (buffers >= 2 ? "" : ": Linux opens a window of half of it and never sends anything"));
        if (!info.address().isUsableByLinux()) {
            fault("shelf", "Linux ignores targets of shelf 4095");
        }
        ok("paths", info.routes().size() + (info.routes().size() == 1 ? " path" : " paths"));
    }

    private void identify() throws IOException {
        byte[] block = Session.await(control.identify());
        boolean lba48 = (word(block, 83) & 0x0400) != 0;
        boolean enabled = (word(block, 86) & 0x0400) != 0;
        long capacity = word(block, 100) | (long) word(block, 101) << 16 | (long) word(block, 102) << 32;
        grade(
                lba48 ? Grade.OK : Grade.NOTE,
                "IDENTIFY LBA48",
                lba48
                        ? "supported" + (enabled ? "" : ", word 86 does not say enabled")
                        : "not supported: at most 128 GiB can be used");
        grade(
                capacity > 0 ? Grade.OK : Grade.FAULT,
                "IDENTIFY capacity",
                capacity + " sectors" + (capacity > 0 ? "" : " in words 100 to 103"));
        boolean trim = (word(block, 169) & 1) != 0;
        note("DATA SET MANAGEMENT", trim ? "IDENTIFY says that TRIM is supported" : "no TRIM, says IDENTIFY");
        int sum = 0;
        for (byte b : block) {
            sum += b;
        }
        boolean signed = (block[510] & 0xFF) == 0xA5;
        if (!signed) {
            note("IDENTIFY check sum", "none");
        } else {
            grade(
                    (sum & 0xFF) == 0 ? Grade.OK : Grade.FAULT,
                    "IDENTIFY check sum",
                    (sum & 0xFF) == 0 ? "right" : "wrong");
        }
    }

    private void reads() throws IOException {
        expect("READ SECTORS", ask(0, 0, 1, AtaCommand.READ, 0xE0L << 24), 512);
        expect("READ SECTORS EXT", ask(EXT, 0, 1, AtaCommand.READ_EXT, 0), 512);
        long last = info.size() / 512 - 1;
        if (last >= 0) {
            expect("READ of the last sector", ask(EXT, 0, 1, AtaCommand.READ_EXT, last), 512);
        }
        int limit = info.maxSectors();
        int passed = 0;
        for (int n = 1; n <= limit && n * 512L <= info.size(); n = n < limit && 2 * n > limit ? limit : 2 * n) {
            AtaReply reply;
            try {
                reply = ask(EXT, 0, n, AtaCommand.READ_EXT, 0);
            } catch (IOException e) {
                fault("READ of " + n + " sectors", ExitCode.line(e));
                break;
            }
            if (!good(reply) || reply.data().length < n * 512) {
                fault("READ of " + n + " sectors", describe(reply));
                break;
            }
            passed = n;
            if (n == limit) {
                break;
            }
        }
        grade(
                passed == limit || passed * 512L == info.size() ? Grade.OK : Grade.FAULT,
                "largest READ that passes",
                passed + " sectors of " + limit + " advertised");
    }

    private void faults() throws IOException {
        long end = info.size() / 512;
        refused("READ past the end", ask(EXT, 0, 1, AtaCommand.READ_EXT, end), ID_NOT_FOUND);
        if (end > 1) {
            refused("READ across the end", ask(EXT, 0, 2, AtaCommand.READ_EXT, end - 1), ID_NOT_FOUND);
        }
        // 0x08 DEVICE RESET is for packet devices only: a disk aborts it.
        refused("unknown command", ask(0, 0, 0, 0x08, 0), ABORTED);
    }

    private void other() throws IOException {
        AtaReply flush = ask(0, 0, 0, AtaCommand.FLUSH, 0);
        AtaReply flushExt = ask(EXT, 0, 0, AtaCommand.FLUSH_EXT, 0);
        grade(
                good(flush) || good(flushExt) ? Grade.OK : Grade.NOTE,
                "FLUSH CACHE / EXT",
                (good(flush) ? "yes" : describe(flush)) + " / " + (good(flushExt) ? "yes" : describe(flushExt)));
        AtaReply power = ask(0, 0, 0, AtaCommand.CHECK_POWER, 0);
        grade(good(power) ? Grade.OK : Grade.NOTE, "CHECK POWER MODE", good(power) ? "yes" : describe(power));
        AtaReply smart = ask(0, AtaCommand.SMART_READ_DATA, 1, AtaCommand.SMART, SMART_KEY);
        grade(good(smart) ? Grade.OK : Grade.NOTE, "SMART READ DATA", good(smart) ? "yes" : describe(smart));
        AtaReply verify = ask(EXT, 0, 1, AtaCommand.VERIFY_EXT, 0);
        grade(good(verify) ? Grade.OK : Grade.NOTE, "READ VERIFY EXT", good(verify) ? "yes" : describe(verify));
    }

    /** The commands of AoE besides ATA; each is asked for what is there, which changes nothing. */
    private void messages() {
        answers("Query Config", control::config);
        answers("MAC Mask List", control::mask);
        answers("Reserve/Release", control::reservation);
    }

    private void answers(String what, Supplier<CompletableFuture<?>> question) {
        try {
            Session.await(question.get());
            ok(what, "yes");
        } catch (IOException e) {
            note(what, ExitCode.line(e));
        }
    }

    /** Through a disk, since a disk keeps a late copy of one write from undoing the next. */
    private void writes() throws IOException {
        try (BlockDevice disk = disks.open()) {
            writes(disk);
        }
    }

    /** Writes the last sector and restores it, whatever happens in between. */
    void writes(BlockDevice disk) {
        long last = disk.geometry().size() - AtaCommand.SECTOR;
        ByteBuffer old = ByteBuffer.allocate(AtaCommand.SECTOR);
        try {
            disk.read(last, old);
        } catch (IOException e) {
            fault("write", "the last sector cannot be read: " + ExitCode.line(e));
            return;
        }
        ByteBuffer other = ByteBuffer.allocate(AtaCommand.SECTOR);
        for (int i = 0; i < AtaCommand.SECTOR; i++) {
            other.put(i, (byte) (old.get(i) ^ 0x5A));
        }
        try {
            disk.write(last, other);
            ByteBuffer back = ByteBuffer.allocate(AtaCommand.SECTOR);
            disk.read(last, back);
            boolean same = back.equals(other);
            grade(same ? Grade.OK : Grade.FAULT, "write", same ? "reads back" : "does not read back");
        } catch (BlockException e) {
            if (e.kind() == BlockException.Kind.READ_ONLY) {
                note("write", ExitCode.line(e));
                return;
            }
            fault("write", ExitCode.line(e));
        } finally {
            restore(disk, last, old);
        }
    }

    private void restore(BlockDevice disk, long last, ByteBuffer old) {
        try {
            disk.write(last, old);
        } catch (BlockException e) {
            if (e.kind() != BlockException.Kind.READ_ONLY) {
                fault("restoring the last sector", "failed, it may hold other data now: " + ExitCode.line(e));
            }
        }
    }

    private AtaReply ask(int flags, int features, int count, int command, long lba) throws IOException {
        return Session.await(control.ata(flags, features, count, command, lba, new byte[0]));
    }

    private void expect(String what, AtaReply reply, int bytes) {
        boolean fine = good(reply) && reply.data().length >= bytes;
        grade(fine ? Grade.OK : Grade.FAULT, what, fine ? "yes" : describe(reply));
    }

    private void refused(String what, AtaReply reply, int error) {
        if (reply.aoeError() != 0) {
            fault(what, "AoE error " + reply.aoeError() + ": Linux drops it and hangs; an ATA error is needed");
        } else if (AtaStatus.isSuccess(reply.status())) {
            fault(what, "succeeds");
        } else if ((reply.error() & error) == 0) {
            note(what, "refused with " + describe(reply));
        } else {
            ok(what, "refused as it should be");
        }
    }

    private static boolean good(AtaReply reply) {
        return reply.aoeError() == 0 && AtaStatus.isSuccess(reply.status());
    }

    private static String describe(AtaReply reply) {
        return reply.aoeError() != 0
                ? "AoE error " + reply.aoeError()
                : String.format(
                        Locale.ROOT,
                        "%s, %d bytes",
                        AtaStatus.describe(reply.status(), reply.error()),
                        reply.data().length);
    }

    private static int word(byte[] block, int index) {
        return (block[2 * index] & 0xFF) | ((block[2 * index + 1] & 0xFF) << 8);
    }

    private void ok(String what, String detail) {
        grade(Grade.OK, what, detail);
    }

    private void note(String what, String detail) {
        grade(Grade.NOTE, what, detail);
    }

    private void fault(String what, String detail) {
        grade(Grade.FAULT, what, detail);
    }

    private void grade(Grade grade, String what, String detail) {
        findings.add(new Finding(grade, what, detail));
    }
}
