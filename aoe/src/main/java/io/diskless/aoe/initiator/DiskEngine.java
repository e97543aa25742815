package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.cluster.block.BlockException;
import java.util.Objects;

/*
 * How a request becomes frames and frames become a completion.
 *
 * Request, Io, Copy. A user's Request is cut into Ios, each an ATA command of as many sectors as the chosen path carries
 * now. An Io is sent as a Copy; when a copy is taken for lost the Io is sent again as another Copy with another tag, maybe
 * on another path. The first good answer to any copy ends the Io. The last Io ends the Request.
 *
 * Where an Io can be: on its way (outstanding > 0, in no list), in `ready` (to be sent again), in `held` (never sent:
 * an older write may still arrive there), in `delayed` (the target said "unavailable", try later). An Io whose request has
 * ended is in no list and lives only for its copies.
 *
 * Where a Copy can be: in its path's `outstanding` list, counted in the window; or in the target's `limbo`, taken for
 * lost. In both its tag is valid. It leaves limbo by its (late) answer, which is welcome: it ends the Io if no other did,
 * and gives an exact round trip; or at the end of the quarantine, after which we take it that no switch holds the frame.
 *
 * Invariant, tag: in TagTable <=> the copy is outstanding or in limbo (controls have their own rule).
 * Invariant, window: a path's outstanding list is its window; an Io may have at most one outstanding copy at a time,
 * except after a path was demoted.
 * Invariant, buffer: only an Io with a request touches the request's buffer; a request that ends takes itself out of its
 * Ios, so a late answer finds nobody to write to.
 *
 * The hazard (spec 12). Write A is sent, its answer lost, A is sent again and answered, A completes; the user writes B to
 * the same place; now the first copy of A, which some queue held, reaches the target and A overwrites B. No target can see
 * that. Therefore a command that changes data enters the WriteLedger when it is first sent, and leaves it only when it has
 * ended AND none of its copies is outstanding or in limbo. A new one that overlaps an entry of another request is held. So
 * an overlapping write is sent only when every copy of the older one was answered (and so has been executed: one answer
 * per copy, by its tag) or has been lost for so long that it is gone. Several paths do not matter: the rule knows only
 * copies. Reads need no such rule: an answer that comes late is to a tag of a read that still waits, or is dropped, and a
 * read that waits may return any state of the disk since it was submitted. Pieces of one request may overlap older copies
 * of themselves, as they carry the same bytes.
 * A write that failed by its deadline is in the ledger as well: "may have been done" must not become "is done later".
 *
 * Loss is noticed by time (RFC 6298, doubled per Io) or by three later answers on the same path; both halve the window at
 * most once per window. A second timeout in a row makes the path suspect (PathKeeper): others take over at once, with the
 * outstanding copies left valid, so the repeated sending is a hedge and not a loss. If there is no other, one Io at a time
 * goes out and finds out, besides the probes.
 *
 * Order of pump(): what waits to be repeated goes first, then held Ios that have become free, then new ones. Nothing here
 * blocks or allocates once the pools are warm, except for what fails.
 */
final class DiskEngine {
    /** Held commands beyond which nothing new is cut; reads behind them wait too. */
    private static final int HELD_MAX = 1024;
    /** Pause before an "unavailable" (error 3) is tried again. */
    private static final long RETRY_PAUSE = 100_000_000L;

    private static final int PAGE_SECTORS = 8;

    private final EventLoop loop;
    private final RemoteTarget target;
    private final DiskTraits traits;
    private final DiskRequests requests;
    private final long deadline;

    private final IoList ready = new IoList();
    private final IoList held = new IoList();
    private final IoList delayed = new IoList();
    private long delayedUntil = Long.MAX_VALUE;
    private long removalsSeen;
    private boolean flushesCut;

    private boolean closed;

    private long heldTotal;

    DiskEngine(EventLoop loop, RemoteTarget target, DiskOptions options, IdentifyData identity) {
        this.loop = loop;
        this.target = target;
        deadline = options.deadline().toNanos();
        traits = new DiskTraits(target.address, options, identity);
        requests = new DiskRequests(loop, target, deadline);
    }

    DiskTraits traits() {
        return traits;
    }

    RemoteTarget target() {
        return target;
    }

    /** IDENTIFY was answered again. */
    void identified(IdentifyData now) {
        if (!closed && !now.equals(traits.identity())) {
            traits.identified(now);
            loop.keeper.refreshLimits(target);
            traits.announce();
        }
    }

    void accept(Request r) {
        if (closed && r.failure == null) {
            r.fail(AoeDisk.closed(target.address));
        }
        requests.accept(r);
    }

    // ---- I/Os

    private Io newIo(Request r, int opcode, long lba, int sectors, long span) {
        Io io = loop.pool.io();
        io.opcode = opcode;
        io.lba = lba;
        io.sectors = sectors;
        io.span = span;
        io.serial = r.serial;
        io.requestAt = lba * AtaCommand.SECTOR - r.offset;
        io.slow = opcode == AtaCommand.DATA_SET_MANAGEMENT || io.isFlush();
        r.attach(io);
        return io;
    }

    /** Takes an I/O from its request and frees it if no copy of it is on its way. */
    private void detach(Io io, Request r) {
        IoList.remove(io);
        r.detach(io);
        if (io.copies == null) {
            loop.release(io, target);
        }
    }

    /** A copy was answered well. */
    void done(Io io) {
        Request r = Objects.requireNonNull(io.request);
        detach(io, r);
        settle(r);
    }

    void failed(Io io, BlockException cause) {
        Request r = Objects.requireNonNull(io.request);
        r.fail(cause);
        if (r.queued) {
            requests.unqueue(r);
        }
        detach(io, r);
        settle(r);
    }

    /** Ends the request if this was its last I/O. */
    private void settle(Request r) {
        if (r.ios != null) {
            return;
        }
        if (r.failure != null || r.op == Request.FLUSH) {
            requests.end(r);
        } else if (r.cut == r.length) {
            if (r.fua && !r.flushCut && traits.canFlush()) {
                cutFlush(r);
            } else if (r.fua && !r.flushCut && !traits.assumesDurable()) {
                requests.fail(r, traits.noFlush());
            } else {
                requests.end(r);
            }
        }
    }

    private void cutFlush(Request r) {
        r.flushCut = true;
        flushesCut = true;
        ready.add(newIo(r, traits.flushOpcode(), r.offset / AtaCommand.SECTOR, 0, 0));
    }

    /** The target aborted this flush command: the other one, if it was not refused before. */
    void flushRefused(Io io) {
        if (traits.flushRefused(io.opcode)) {
            String command = AtaCommand.name(io.opcode);
            loop.log.info("{} aborts {}; durability is now {}", target.address, command, traits.durability());
        }
        if (traits.canFlush()) {
            // Another I/O, so that a late answer to this one is not taken for an answer to that.
            Request r = Objects.requireNonNull(io.request);
            cutFlush(r);
            detach(io, r);
        } else if (traits.assumesDurable()) {
            done(io);
        } else {
            failed(io, traits.noFlush());
        }
    }

    /** All copies are taken for lost: send it again. */
    void repeat(Io io) {
        ready.add(io);
    }

    /** The target is not available just now (error 3). */
    void delay(Io io) {
        if (io.outstanding > 0) {
            return;
        }
        IoList.remove(io);
        io.retryAt = loop.now + RETRY_PAUSE;
        delayedUntil = Math.min(delayedUntil, io.retryAt);
        delayed.add(io);
    }

    /** A path answers again: what waits need not wait as long as it would after so many timeouts. */
    void pathReturned() {
        for (Io io = ready.first; io != null; io = io.listNext) {
            io.backoff = 0;
        }
    }

    // ---- sending

    /** Sends what the windows allow; returns how many frames. */
    int pump() {
        if (held.size > 0 && removalsSeen != target.ledger.removals) {
            freeHeld();
        }
        int sent = 0;
        do {
            flushesCut = false;
            sent += repeatReady();
            sent += sendNew();
        } while (flushesCut);
        return sent;
    }

    private int repeatReady() {
        int sent = 0;
        for (Io io = ready.first; io != null; ) {
            Io next = io.listNext;
            Path path = target.choose(io.lastPath);
            if (path != null && io.sectors > path.ladder.current() && !io.slow) {
                io = split(io, path.ladder.current());
                continue;
            }
            if (path != null) {
                if (!loop.transmit(io, path)) {
                    return sent;
                }
                IoList.remove(io);
                sent++;
            } else if (io.lastPath == null) {
                return sent;
            }
            io = next;
        }
        return sent;
    }

    private int sendNew() {
        int sent = 0;
        for (Request r = requests.first(); r != null; r = requests.first()) {
            if ((r.op == Request.FLUSH || (r.fua && !traits.canFlush())) && flushOrRefuse(r)) {
                continue;
            }
            Path path = held.size >= HELD_MAX ? null : target.choose(null);
            if (path == null) {
                return sent;
            }
            Io io = cut(r, path);
            if (io.changesData()) {
                if (target.ledger.conflicts(io.lba, io.span, io.serial)) {
                    heldTotal++;
                    held.add(io);
                    continue;
                }
                target.ledger.add(io);
            }
            if (!loop.transmit(io, path)) {
                ready.add(io);
                return sent;
            }
            sent++;
        }
        return sent;
    }

    /** Takes a flush, or a FUA write that cannot be, out of the queue; false if the request is to be cut. */
    private boolean flushOrRefuse(Request r) {
        if (!traits.canFlush() && !traits.assumesDurable()) {
            requests.fail(r, traits.noFlush());
            return true;
        }
        if (r.op != Request.FLUSH) {
            return false;
        }
        requests.unqueue(r);
        if (traits.canFlush()) {
            cutFlush(r);
        } else {
            requests.end(r);
        }
        return true;
    }

    private void freeHeld() {
        removalsSeen = target.ledger.removals;
        for (Io io = held.first; io != null; ) {
            Io next = io.listNext;
            if (!target.ledger.conflicts(io.lba, io.span, io.serial)) {
                IoList.remove(io);
                target.ledger.add(io);
                ready.add(io);
            }
            io = next;
        }
    }

    /** The next piece of a request. */
    private Io cut(Request r, Path path) {
        long left = (r.length - r.cut) / AtaCommand.SECTOR;
        long lba = (r.offset + r.cut) / AtaCommand.SECTOR;
        IdentifyData identity = traits.identity();
        boolean extended = identity.extended();
        int opcode;
        int sectors;
        long span;
        if (r.op == Request.DISCARD || (r.op == Request.ZEROES && identity.trim() && identity.zeroedByTrim())) {
            opcode = AtaCommand.DATA_SET_MANAGEMENT;
            sectors = 1;
            span = Math.min(left, IoFrames.TRIM_SPAN);
        } else {
            opcode = r.op == Request.READ
                    ? extended ? AtaCommand.READ_EXT : AtaCommand.READ
                    : extended ? AtaCommand.WRITE_EXT : AtaCommand.WRITE;
            int most = path.ladder.current();
            int intoPage = (int) (lba % PAGE_SECTORS);
            if (most >= PAGE_SECTORS && intoPage != 0 && left > most - intoPage) {
                most -= intoPage;
            }
            sectors = (int) Math.min(left, most);
            span = sectors;
        }
        r.cut += span * AtaCommand.SECTOR;
        Io io = newIo(r, opcode, lba, sectors, span);
        if (r.cut == r.length) {
            requests.unqueue(r);
        }
        return io;
    }

    /** Cuts a command smaller, because the path does not carry it any more; returns the first piece. */
    private Io split(Io io, int size) {
        Request r = Objects.requireNonNull(io.request);
        boolean changes = io.changesData();
        // From the end, so that the first piece comes to stand first.
        Io piece = io;
        for (int at = (io.sectors - 1) / size * size; at >= 0; at -= size) {
            int sectors = Math.min(size, io.sectors - at);
            piece = newIo(r, io.opcode, io.lba + at, sectors, sectors);
            if (changes) {
                target.ledger.add(piece);
            }
            ready.addFirst(piece);
        }
        detach(io, r);
        return piece;
    }

    // ---- time

    void timers() {
        long now = loop.now;
        if (now >= delayedUntil) {
            delayedUntil = Long.MAX_VALUE;
            for (Io io = delayed.first; io != null; ) {
                Io next = io.listNext;
                if (io.retryAt <= now) {
                    IoList.remove(io);
                    ready.add(io);
                } else {
                    delayedUntil = Math.min(delayedUntil, io.retryAt);
                }
                io = next;
            }
        }
        for (Request r = requests.oldest(); r != null && r.deadline <= now; r = requests.oldest()) {
            FlightRecorder.timeout(target.address, deadline);
            abort(r, Replies.timeout(target, firstOpen(r), deadline));
        }
    }

    /** The lowest offset that is not known to be done. */
    private static long firstOpen(Request r) {
        if (r.op == Request.FLUSH || r.flushCut) {
            return BlockException.NO_OFFSET;
        }
        long first = r.offset + r.cut;
        for (Io io = r.ios; io != null; io = io.requestNext) {
            first = Math.min(first, io.lba * AtaCommand.SECTOR);
        }
        return first;
    }

    private void abort(Request r, BlockException cause) {
        for (Io io = r.ios; io != null; io = r.ios) {
            detach(io, r);
        }
        requests.fail(r, cause);
    }

    long nextTimer() {
        return Math.min(requests.nextDeadline(), delayed.size == 0 ? Long.MAX_VALUE : delayedUntil);
    }

    /** Ends all requests; copies on their way stay in the target's ledger. */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Request r = requests.oldest(); r != null; r = requests.oldest()) {
            abort(r, AoeDisk.closed(target.address));
        }
        if (target.engine == this) {
            target.engine = null;
        }
    }

    DiskSnapshot snapshot() {
        return requests.snapshot(ready.size + delayed.size, held.size, heldTotal);
    }
}
