package io.diskless.aoe.target;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.RangeLock;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Moves sectors between frames and devices, in one of two ways.
 *
 * <p>In place: a device that completes inline reads into the transmit slot and writes from the receive slot; the answer is
 * committed before the next frame is looked at. While more than one thread serves exports, the range is locked, and if
 * somebody else holds it the request goes the other way rather than wait.
 *
 * <p>Detached: any other device gets a {@link Request} with a buffer of its own, one copy, and is answered when it is done;
 * a slow device never holds a slot, since the kernel stops at the first receive slot that is still lent and transmit slots
 * leave strictly in order. If no request is free the frame is dropped.
 *
 * <p>Confined to the port's thread; no allocation.
 */
final class Transfers {
    private static final int AT = AoeHeader.AT;
    private static final int SECTOR = AtaCommand.SECTOR;

    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int WRITE_UNFORCED = 2;

    /** A claim that is granted at once or not at all. */
    private static final class Hold extends RangeLock.Claim {
        private boolean held;

        @Override
        protected void granted() {
            throw new IllegalStateException("a claim that was only tried waits for nothing");
        }
    }

    private final PortLoop port;
    private final AtaReplies replies;
    private final DuplicateCache duplicates;
    private final InlineCall call = new InlineCall();
    private final Hold hold = new Hold();

    Transfers(PortLoop port) {
        this.port = port;
        replies = port.ataReplies();
        duplicates = port.duplicates();
    }

    void read(Frame rx, PortExport export, Peer peer) {
        ByteBuffer b = rx.bytes();
        int count = AtaFields.count(b, AT);
        long lba = AtaFields.lba(b, AT);
        if (duplicates.enabled()) {
            duplicates.otherUse(peer, export.key, AoeHeader.tag(b, AT), port.now());
        }
        if (export.export.completesInline()) {
            Frame tx = port.replies().claim();
            if (tx == null) {
                export.count(PortExport.DROPPED);
                return;
            }
            if (fits(tx.data(), export.export) && lock(export, lba, count, false)) {
                ByteBuffer data = window(tx.data(), count);
                BlockException cause = inPlace(export, lba, data, READ);
                if (cause != null) {
                    replies.failedIn(tx, rx, export, peer, cause);
                    return;
                }
                replies.okWithData(tx, rx, export, peer, count * SECTOR);
                port.transferred(export, peer, false, count * SECTOR);
                return;
            }
        }
        Request request = detach(Request.READ, rx, export, peer);
        if (request != null) {
            request.start();
        }
    }

    void write(Frame rx, PortExport export, Peer peer) {
        ByteBuffer b = rx.bytes();
        int count = AtaFields.count(b, AT);
        long lba = AtaFields.lba(b, AT);
        ByteBuffer data = window(rx.data(), count);
        if (isCopy(rx, export, peer, lba, count, data)) {
            return;
        }
        boolean forced = export.export.forceUnitAccess();
        boolean gathers = forced && export.sync.gathers();
        boolean inline = export.export.completesInline();
        boolean waits = inline && !export.export.writesInline(lba, count, forced && !gathers);
        if (inline && !waits && fits(data, export.export) && lock(export, lba, count, true)) {
            if (gathers) {
                gather(rx, export, peer, lba, data);
                return;
            }
            BlockException cause = inPlace(export, lba, data, WRITE);
            ended(cause == null);
            Frame tx = port.replies().claim();
            if (tx == null) {
                // Written and not answered, as if the answer were lost: the initiator asks again.
                export.count(PortExport.DROPPED);
            } else if (cause != null) {
                replies.failedIn(tx, rx, export, peer, cause);
            } else {
                replies.okWithData(tx, rx, export, peer, 0);
            }
            if (cause == null) {
                long began = port.now();
                port.transferred(export, peer, true, count * SECTOR);
                if (forced) {
                    export.sync.took(port.now() - began);
                }
            }
            return;
        }
        Request request = detach(Request.WRITE, rx, export, peer);
        if (request == null) {
            ended(false);
            return;
        }
        remember(request);
        copy(rx, count * SECTOR, request, export);
        if (waits) {
            // It may wait for what another thread does, and that thread for a disk.
            port.inBackground(request);
        } else {
            request.start();
        }
    }

    void verify(Frame rx, PortExport export, Peer peer) {
        Request request = detach(Request.VERIFY, rx, export, peer);
        if (request != null) {
            launch(request, export);
        }
    }

    void flush(Frame rx, PortExport export, Peer peer) {
        Request request = detach(Request.FLUSH, rx, export, peer);
        if (request != null) {
            port.inBackground(request);
        }
    }

    /** What is not one transfer may take a device that works inline long: not on the thread that serves. */
    private void launch(Request request, PortExport export) {
        if (export.export.completesInline()) {
            port.inBackground(request);
        } else {
            request.start();
        }
    }

    /** The second half of switching the write cache off; {@link #isCopy} was asked. */
    void flushCache(Frame rx, PortExport export, Peer peer) {
        Request request = detach(Request.FLUSH, rx, export, peer);
        if (request == null) {
            ended(false);
            return;
        }
        remember(request);
        port.inBackground(request);
    }

    void trim(Frame rx, PortExport export, Peer peer) {
        ByteBuffer b = rx.bytes();
        int count = AtaFields.count(b, AT);
        if (isCopy(rx, export, peer, AtaFields.lba(b, AT), count, window(rx.data(), count))) {
            return;
        }
        Request request = detach(Request.TRIM, rx, export, peer);
        if (request == null) {
            ended(false);
            return;
        }
        remember(request);
        copy(rx, count * SECTOR, request, export);
        launch(request, export);
    }

    /** Whether this SET FEATURES is a late copy, which was answered or will be. If not, its {@link #ended} must follow. */
    boolean isCopyOfFeatures(Frame rx, PortExport export, Peer peer) {
        ByteBuffer b = rx.bytes();
        return isCopy(rx, export, peer, AtaFields.lba48(b, AT), AtaFields.count(b, AT), window(rx.data(), 0));
    }

    /** Answers a late copy of what was done; lets one of what is under way go, since its answer will come. */
    private boolean isCopy(Frame rx, PortExport export, Peer peer, long lba, int count, ByteBuffer data) {
        if (!duplicates.enabled()) {
            return false;
        }
        ByteBuffer b = rx.bytes();
        int sum = duplicates.sum(data);
        long content = DuplicateCache.content(AtaFields.command(b, AT), AtaFields.features(b, AT), lba, count, sum);
        int seen = duplicates.check(peer, port.now(), export.key, AoeHeader.tag(b, AT), content);
        if (seen == DuplicateCache.NEW) {
            return false;
        }
        export.count(PortExport.DUPLICATES);
        peer.counters.increment(Peer.DUPLICATES);
        if (seen == DuplicateCache.ANSWERED) {
            replies.ok(rx, export, peer, 0);
        }
        return true;
    }

    /** The change that {@link #isCopy} let pass last has ended. */
    void ended(boolean done) {
        if (duplicates.enabled()) {
            duplicates.ended(duplicates.ticket(), done, port.now());
        }
    }

    /** The change that {@link #isCopy} let pass last ends with this request. */
    private void remember(Request request) {
        request.remembered = duplicates.enabled();
        request.ticket = duplicates.ticket();
    }

    /** A range is granted at once or not at all. */
    private boolean lock(PortExport export, long lba, int count, boolean exclusive) {
        hold.held = false;
        if (!port.sharesDevices() && export.export.underWay() == 0) {
            // This thread is the only one that could use the device now.
            return true;
        }
        hold.held = export.export.lock().tryAcquire(hold, lba * SECTOR, (long) count * SECTOR, exclusive);
        if (!hold.held) {
            export.count(PortExport.WAITED);
        }
        return hold.held;
    }

    /** Writes now, and answers after a flush that is shared with others. */
    private void gather(Frame rx, PortExport export, Peer peer, long lba, ByteBuffer data) {
        Request request = detach(Request.GATHERED, rx, export, peer);
        if (request == null) {
            unlock(export);
            ended(false);
            return;
        }
        remember(request);
        BlockException cause;
        try {
            cause = inPlace(export, lba, data, WRITE_UNFORCED);
        } catch (Error e) {
            port.giveBack(request);
            throw e;
        }
        if (cause == null) {
            port.gathering().add(export, request);
            return;
        }
        port.giveBack(request);
        ended(false);
        Frame tx = port.replies().claim();
        if (tx != null) {
            replies.failedIn(tx, rx, export, peer, cause);
        }
    }

    private void unlock(PortExport export) {
        if (hold.held) {
            export.export.lock().release(hold);
        }
    }

    private @Nullable BlockException inPlace(PortExport export, long lba, ByteBuffer data, int how) {
        BlockDevice device = export.export.device();
        boolean forced = how == WRITE && export.export.forceUnitAccess();
        call.begin();
        try {
            if (how == READ) {
                device.read(lba * SECTOR, data, call);
            } else {
                device.write(lba * SECTOR, data, forced ? BlockDevice.FUA : 0, call);
            }
        } catch (RuntimeException e) {
            // The device broke its contract; the peer is told of a failure, and the range must not stay locked.
            call.failed(Export.broken(lba * SECTOR, e));
            export.export.threw(e);
        } catch (Error e) {
            // No answer, as if the request were lost: memory that ran out may be there when it is repeated.
            unlock(export);
            if (how != READ) {
                ended(false);
            }
            throw e;
        }
        if (!call.hasEnded()) {
            port.count(PortCounter.LATE_INLINE);
            export.export.wasLate();
            call.await();
        }
        unlock(export);
        BlockException cause = call.failure();
        if (how == WRITE && cause == null) {
            export.export.wrote(forced);
        }
        return cause;
    }

    private static ByteBuffer window(ByteBuffer data, int count) {
        return data.clear().limit(count * SECTOR);
    }

    /** Whether the device can use this slot's memory where it lies. */
    private static boolean fits(ByteBuffer data, Export export) {
        int alignment = export.memoryAlignment();
        return alignment == 1 || (data.isDirect() && data.alignmentOffset(0, alignment) == 0);
    }

    private @Nullable Request detach(int kind, Frame rx, PortExport export, Peer peer) {
        Request request = port.takeRequest();
        if (request == null) {
            port.count(PortCounter.OVERLOADED);
            export.count(PortExport.DROPPED);
            return null;
        }
        ByteBuffer b = rx.bytes();
        request.target = export;
        request.peer = peer;
        request.kind = kind;
        request.source = peer.mac();
        request.tag = AoeHeader.tag(b, AT);
        request.ataFlags = AtaFields.flags(b, AT);
        request.opcode = AtaFields.command(b, AT);
        request.count = AtaFields.count(b, AT);
        request.lba = AtaFields.lba(b, AT);
        request.registers = AtaFields.lba48(b, AT);
        request.started = port.now();
        request.remembered = false;
        return request;
    }

    private static void copy(Frame rx, int bytes, Request request, PortExport export) {
        request.buffer.clear();
        request.buffer.put(0, rx.bytes(), AtaFields.DATA_AT, bytes);
        export.count(PortExport.COPIES);
        export.counters.add(PortExport.COPIED_BYTES, bytes);
    }
}
