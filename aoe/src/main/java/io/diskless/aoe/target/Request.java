package io.diskless.aoe.target;

import io.diskless.aoe.ata.TrimRanges;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.RangeLock;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An ATA command that a device may complete later, with all that its answer needs. It has no hold on the slot it came in.
 *
 * <p>Life: the port takes it from its {@link RequestPool}, fills it, calls {@link #start}. The request acquires its range,
 * calls the device, releases the range, and repeats that while it has more pieces (VERIFY and TRIM). Then it pushes itself
 * on the port's {@link CompletionQueue}; the port answers and gives it back to the pool. Between {@code start} and the
 * push it belongs to whatever thread runs it; the range lock, the device and the queue order these threads.
 */
final class Request extends RangeLock.Claim implements Completion {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int FLUSH = 2;
    static final int VERIFY = 3;
    static final int TRIM = 4;
    /** A write that is complete, and answered after a flush; see {@link SyncGroup}. */
    static final int GATHERED = 5;

    private static final int SECTOR = 512;

    final RequestPool pool;
    /** Where the data is; page-aligned memory of the pool, position 0. */
    final ByteBuffer buffer;

    /** Link in the pool or in the completion queue. */
    @Nullable
    Request next;

    // What was asked, and by whom. Written by the port before start().
    @Nullable
    PortExport target;

    @Nullable
    Peer peer;

    int kind;
    long source;
    int tag;
    int ataFlags;
    int opcode;
    int count;
    long lba;
    /** The six LBA bytes as they came. */
    long registers;

    long started;
    /** Whether the port's {@link DuplicateCache} must be told of the end, and of which entry. */
    boolean remembered;

    int ticket;

    @Nullable
    BlockException failure;

    /** Pieces that were finished while the device call that started them was still on the stack. */
    private final AtomicInteger pending = new AtomicInteger();

    private long position;
    private long end;
    private int piece;
    /** How the write was sent: the cache may be switched while the device has it. */
    private boolean forced;

    private final Turn turn = new Turn();

    Request(RequestPool pool, ByteBuffer buffer) {
        this.pool = pool;
        this.buffer = buffer;
    }

    PortExport target() {
        PortExport t = target;
        if (t == null) {
            throw new IllegalStateException("the request is not in use");
        }
        return t;
    }

    /** Begins; the rest happens on the threads of the device. */
    void start() {
        prepare();
        proceed();
    }

    /** The first half of a start, on the port's thread: from here on the export has a request under way. */
    void prepare() {
        failure = null;
        piece = 0;
        position = lba * SECTOR;
        end = position + (long) count * SECTOR;
        target().export.began();
    }

    /** The second half of a start, on any thread. */
    void proceed() {
        step();
    }

    /**
     * Runs pieces until one is under way or none is left. Completions that run inline only add to {@code pending}, so that
     * many pieces of an inline device need one stack frame, not one each.
     */
    private void step() {
        if (pending.getAndIncrement() != 0) {
            return;
        }
        do {
            if (failure != null || !nextPiece()) {
                // The last use of this object by this thread: the port may use it again at once.
                pending.set(0);
                end();
                return;
            }
        } while (pending.decrementAndGet() != 0);
    }

    private void end() {
        Export export = target().export;
        pool.port().completed(this);
        export.ended();
    }

    /** Starts the next piece; false if there is none. */
    private boolean nextPiece() {
        RangeLock lock = target().export.lock();
        switch (kind) {
            case READ, WRITE -> {
                if (piece++ > 0) {
                    return false;
                }
                buffer.limit(count * SECTOR).position(0);
                lock.acquire(this, position, end - position, kind == WRITE);
                return true;
            }
            case FLUSH -> {
                if (piece++ > 0) {
                    return false;
                }
                target().export.flushing();
                call();
                return true;
            }
            case VERIFY -> {
                if (position >= end) {
                    return false;
                }
                long whole = buffer.capacity() / SECTOR * (long) SECTOR;
                long length = Math.min(whole, end - position);
                buffer.limit((int) length).position(0);
                lock.acquire(this, position, length, false);
                return true;
            }
            case TRIM -> {
                return nextRange(lock);
            }
            default -> {
                throw new IllegalStateException("kind " + kind);
            }
        }
    }

    private boolean nextRange(RangeLock lock) {
        while (piece < count * TrimRanges.PER_BLOCK) {
            int entry = piece++;
            long sectors = TrimRanges.sectors(buffer, 0, entry);
            if (sectors > 0) {
                position = TrimRanges.lba(buffer, 0, entry) * SECTOR;
                end = position + sectors * SECTOR;
                lock.acquire(this, position, sectors * SECTOR, true);
                return true;
            }
        }
        return false;
    }

    @Override
    protected void granted() {
        call();
    }

    /** Calls the device for the present piece. */
    private void call() {
        Export export = target().export;
        int mine = turn.pass();
        try {
            switch (kind) {
                case READ, VERIFY -> {
                    export.device().read(position, buffer, this);
                }
                case WRITE -> {
                    forced = export.forceUnitAccess();
                    export.device().write(position, buffer, forced ? BlockDevice.FUA : 0, this);
                }
                case FLUSH -> {
                    export.device().flush(this);
                }
                default -> {
                    export.device().discard(position, end - position, this);
                }
            }
        } catch (RuntimeException | Error e) {
            // Told here and thrown no further: this thread may be one that ends somebody else's request.
            export.threw(e);
            if (turn.take(mine)) {
                ended(Export.broken(position, e));
            }
        }
    }

    @Override
    public void completed() {
        if (turn.take()) {
            ended(null);
        }
    }

    @Override
    public void failed(BlockException cause) {
        if (turn.take()) {
            ended(cause);
        }
    }

    private void ended(@Nullable BlockException cause) {
        failure = cause;
        Export export = target().export;
        if (kind != FLUSH) {
            export.lock().release(this);
        }
        if (kind == VERIFY) {
            position += buffer.limit();
        } else if (cause == null && (kind == WRITE || kind == TRIM)) {
            export.wrote(kind == WRITE && forced);
        } else if (kind == FLUSH) {
            export.flushed(cause);
        }
        step();
    }
}
