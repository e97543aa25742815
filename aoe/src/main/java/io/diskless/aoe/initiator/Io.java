package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import org.jspecify.annotations.Nullable;

/**
 * One ATA command of a request, with all its copies on the way; pooled and confined to the event loop.
 *
 * <p>It outlives its request: as long as a copy of it may still reach the target it stays, without a request, and a write
 * stays in the {@link WriteLedger}.
 */
final class Io {
    @Nullable
    Io poolNext;

    /** The request it is part of; null when that has ended or this part of it is done. */
    @Nullable
    Request request;

    @Nullable
    Io requestPrev;

    @Nullable
    Io requestNext;

    /** {@link Request#serial} of the request, kept when the request has gone. */
    long serial;

    int opcode;
    long lba;
    /** Sectors of a data command, blocks of ranges of a trim (always 1), 0 for flush. */
    int sectors;
    /** Sectors that the command changes or reads: {@code sectors}, or what a trim covers. */
    long span;
    /** Where its bytes are, counted from the start of the request. */
    long requestAt;

    /** Takes its time in the target (flush, trim): its silence says little about the path. */
    boolean slow;
    /** Retransmissions so far double the timeout. */
    int backoff;

    int transmissions;
    int outstanding;
    /** When an error 3 is tried again. */
    long retryAt;

    @Nullable
    Path lastPath;

    @Nullable
    Copy copies;

    /** The list it waits in. */
    @Nullable
    IoList list;

    @Nullable
    Io listPrev;

    @Nullable
    Io listNext;

    /** Place in the ledger: bucket, {@link WriteLedger#WIDE}, or {@link WriteLedger#ABSENT}. */
    int ledgerAt = WriteLedger.ABSENT;

    @Nullable
    Io ledgerPrev;

    @Nullable
    Io ledgerNext;

    boolean changesData() {
        return AtaCommand.isWrite(opcode) || opcode == AtaCommand.DATA_SET_MANAGEMENT;
    }

    boolean isRead() {
        return AtaCommand.isRead(opcode);
    }

    boolean isFlush() {
        return opcode == AtaCommand.FLUSH || opcode == AtaCommand.FLUSH_EXT;
    }

    void addCopy(Copy copy) {
        copy.ioNext = copies;
        copies = copy;
    }

    void removeCopy(Copy copy) {
        Copy before = null;
        for (Copy c = copies; c != null; before = c, c = c.ioNext) {
            if (c == copy) {
                if (before == null) {
                    copies = c.ioNext;
                } else {
                    before.ioNext = c.ioNext;
                }
                c.ioNext = null;
                return;
            }
        }
    }
}
