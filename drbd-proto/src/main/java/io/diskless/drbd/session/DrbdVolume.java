package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A replicated volume as a block device: what is written here is on both sides. It can be used while its resource is
 * Primary; otherwise requests fail with {@link BlockException.Kind#STALE}. A completed flush is durable on the local disk,
 * or, where there is none, on the peer's. Completions run on the resource's event loop: they must not block. Thread-safe.
 */
public final class DrbdVolume implements BlockDevice {
    /** What everybody takes in one piece, at each version. */
    private static final int LEAST_PIECE = 4096;

    private static final int SECTOR = 512;

    private final ResourceCore core;
    private final VolumeCore volume;
    private final List<Consumer<BlockGeometry>> listeners = new CopyOnWriteArrayList<>();

    DrbdVolume(ResourceCore core, VolumeCore volume) {
        this.core = core;
        this.volume = volume;
    }

    /** {@return its number in the resource} */
    public int number() {
        return volume.number();
    }

    @Override
    public BlockGeometry geometry() {
        return new BlockGeometry(volume.sectors() << 9, 512, 4096, 1, 1 << 20, 4096, false);
    }

    @Override
    public boolean completesInline() {
        return false;
    }

    private int maxPiece() {
        PeerVolume p = volume.peer();
        return p == null ? 1 << 20 : p.maxBio();
    }

    private int maxDiscard() {
        PeerVolume p = volume.peer();
        return p == null ? 4 << 20 : p.link().dialect().maxDiscard();
    }

    private boolean canSend(PacketType type) {
        PeerVolume p = volume.peer();
        if (type == PacketType.WSAME && p != null && !p.takesWriteSame()) {
            return false;
        }
        // A kernel would wait for a digest behind zeroes that are not sent with one (spec drbd-wire 8.1).
        return p == null
                || (type.existsIn(p.link().dialect())
                        && (type != PacketType.ZEROES || p.link().integrity().sent() == null));
    }

    /** Nearly all are: whole sectors inside of the volume. */
    private boolean isPlain(long offset, long length) {
        return offset >= 0
                && length > 0
                && ((offset | length) & (SECTOR - 1)) == 0
                && length <= (volume.sectors() << 9) - offset;
    }

    private boolean refused(long offset, long length, Completion done) {
        if (isPlain(offset, length)) {
            return false;
        }
        BlockException refusal = geometry().check(offset, length);
        if (refusal != null) {
            done.failed(refusal);
            return true;
        }
        if (length == 0 && !core.isClosed()) {
            done.completed();
            return true;
        }
        return false;
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        if (!refused(offset, dst.remaining(), done)) {
            core.run(
                    done,
                    () -> pieces(
                            offset,
                            dst.remaining(),
                            maxPiece(),
                            done,
                            (at, length, part) ->
                                    volume.local().read(at, part(dst, (int) (at - offset), (int) length), part)));
        }
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        if (refused(offset, src.remaining(), done)) {
            return;
        }
        if (core.isHere()) {
            start(offset, src, flags, done);
        } else {
            core.run(done, () -> start(offset, src, flags, done));
        }
    }

    private void start(long offset, ByteBuffer src, int flags, Completion done) {
        int bytes = src.remaining();
        boolean fua = (flags & FUA) != 0;
        if (bytes <= maxPiece()) {
            volume.local().write(PacketType.DATA, offset, bytes, src, fua, done);
            return;
        }
        pieces(
                offset,
                bytes,
                maxPiece(),
                done,
                (at, length, part) -> volume.local()
                        .write(PacketType.DATA, at, length, part(src, (int) (at - offset), (int) length), fua, part));
    }

    @Override
    public void flush(Completion done) {
        core.run(done, () -> volume.local().flush(done));
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        cleared(true, offset, length, done);
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        cleared(false, offset, length, done);
    }

    /**
     * Writes a block over and over, which goes over the wire once where the peer takes that (a write-same; the 6.1 kernel does
     * not), and otherwise as data.
     *
     * @param offset first byte, a multiple of 512
     * @param length bytes, a multiple of the block's
     * @param block 512 to 4096 bytes, a multiple of 512, from its position to its limit; lent until the end
     * @param done told of the end
     */
    public void writeSame(long offset, long length, ByteBuffer block, Completion done) {
        int size = block.remaining();
        if (size < SECTOR || size > LEAST_PIECE || (size & (SECTOR - 1)) != 0 || length % size != 0) {
            done.failed(new BlockException(
                    BlockException.Kind.MISALIGNED,
                    offset,
                    "a block of " + size + " bytes is not repeated over " + length + " bytes"));
        } else if (!refused(offset, length, done)) {
            core.run(done, () -> same(offset, length, block, done));
        }
    }

    private void same(long offset, long length, ByteBuffer block, Completion done) {
        int size = block.remaining();
        if (canSend(PacketType.WSAME)) {
            long most = (long) maxDiscard() / size * size;
            pieces(
                    offset,
                    length,
                    most,
                    done,
                    (at, bytes, part) -> volume.local().write(PacketType.WSAME, at, bytes, block, false, part));
            return;
        }
        int most = (int) Math.min(length, (long) Math.min(Repetition.PIECE, maxPiece()) / size * size);
        ByteBuffer whole = ByteBuffer.allocateDirect(most);
        Repetition.fill(Unpooled.wrappedBuffer(whole).clear(), block, 0, most);
        pieces(
                offset,
                length,
                most,
                done,
                (at, bytes, part) ->
                        volume.local().write(PacketType.DATA, at, bytes, whole.slice(0, (int) bytes), false, part));
    }

    private void cleared(boolean trim, long offset, long length, Completion done) {
        if (refused(offset, length, done)) {
            return;
        }
        core.run(done, () -> {
            PacketType type = trim ? PacketType.TRIM : PacketType.ZEROES;
            if (canSend(type)) {
                pieces(
                        offset,
                        length,
                        maxDiscard(),
                        done,
                        (at, bytes, part) -> volume.local().write(type, at, bytes, null, false, part));
            } else if (trim) {
                // A hint that the peer does not understand: both sides keep their bytes, which are alike.
                done.completed();
            } else {
                ByteBuffer zeroes = ByteBuffer.allocateDirect(LEAST_PIECE * 16).asReadOnlyBuffer();
                pieces(
                        offset,
                        length,
                        Math.min(zeroes.capacity(), maxPiece()),
                        done,
                        (at, bytes, part) -> volume.local()
                                .write(PacketType.DATA, at, bytes, zeroes.slice(0, (int) bytes), false, part));
            }
        });
    }

    /** The bytes of a piece; nobody below moves the position of what he is lent. */
    private static ByteBuffer part(ByteBuffer whole, int from, int length) {
        return length == whole.remaining() ? whole : whole.slice(whole.position() + from, length);
    }

    private interface Piece {
        void start(long offset, long length, Completion part);
    }

    private static void pieces(long offset, long length, long most, Completion done, Piece piece) {
        if (length <= most) {
            piece.start(offset, length, done);
            return;
        }
        int count = (int) ((length + most - 1) / most);
        Parts parts = new Parts(done, count);
        for (long at = offset; at < offset + length; at += most) {
            piece.start(at, Math.min(most, offset + length - at), parts);
        }
    }

    /** Ends when all parts have; with the failure that names the first offset. */
    private static final class Parts implements Completion {
        private final Completion done;
        private final AtomicInteger left;
        private @Nullable BlockException failure;

        Parts(Completion done, int count) {
            this.done = done;
            left = new AtomicInteger(count);
        }

        @Override
        public void completed() {
            end();
        }

        @Override
        public void failed(BlockException cause) {
            BlockException first = failure;
            if (first == null || cause.offset() < first.offset()) {
                failure = cause;
            }
            end();
        }

        private void end() {
            if (left.decrementAndGet() == 0) {
                BlockException f = failure;
                if (f == null) {
                    done.completed();
                } else {
                    done.failed(f);
                }
            }
        }
    }

    void resized() {
        BlockGeometry now = geometry();
        listeners.forEach(l -> l.accept(now));
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Does nothing: the volume belongs to its resource, and ends with it. */
    @Override
    public void close() {}
}
