package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.drbd.auth.BlockDigest;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Blocks that the peer asks for: reads of its applications, of its resync, and digests for its verify (spec drbd-wire 9, 10).
 * Answered in the order in which the disk delivers. What waits is bounded by the {@link Intake}. Confined to the data loop.
 */
final class PeerReads {
    /** Sector, block id, size, and four bytes that mean nothing. */
    private static final int LENGTH = 24;

    private final ResourceCore core;
    private final Link link;
    private @Nullable BlockDigest csums;
    private @Nullable BlockDigest verify;
    private final ArrayDeque<Request> held = new ArrayDeque<>();

    PeerReads(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
        algorithms();
    }

    /** Takes over what the options say now. */
    void algorithms() {
        NetOptions net = core.options().net();
        csums = net.csumsAlg().map(DigestAlgorithm::newDigest).orElse(null);
        verify = net.verifyAlg().map(DigestAlgorithm::newDigest).orElse(null);
    }

    /** A request of 24 bytes, perhaps with a digest behind it; the payload is released here. */
    void onRequest(PacketType type, VolumeCore volume, PeerVolume peer, ByteBuf p) {
        int at = p.readerIndex();
        long sector = p.getLong(at);
        long blockId = p.getLong(at + 8);
        long bytes = p.getUnsignedInt(at + 16);
        if (bytes == 0
                || bytes > 1 << 20
                || (bytes & 511) != 0
                || sector < 0
                || sector > volume.sectors() - (bytes >> 9)) {
            p.release();
            link.protocolError(type.label() + " of " + bytes + " bytes at sector " + sector + " of a volume of "
                    + volume.sectors() + " sectors");
            return;
        }
        if ((type == PacketType.OV_REQUEST && verify == null)
                || (type == PacketType.CSUM_RS_REQUEST && csums == null)) {
            p.release();
            link.protocolError(type.label() + ", and no algorithm is configured for it");
            return;
        }
        if (type == PacketType.OV_REQUEST) {
            volume.resync().answerer().onRequest(sector);
        }
        // Of the rest of the packet nothing is needed any more, nor of the buffer that it came in.
        ByteBuf fingerprint =
                p.readableBytes() > LENGTH ? p.copy(at + LENGTH, p.readableBytes() - LENGTH) : Unpooled.EMPTY_BUFFER;
        p.release();
        link.intake().take(bytes);
        Request request = new Request(type, volume, peer, sector, blockId, (int) bytes, fingerprint);
        if (type == PacketType.DATA_REQUEST) {
            request.start();
        } else {
            peer.pace(core, volume).admit((int) bytes, request::start);
        }
    }

    /** Writes of this side ended: requests that waited for them are looked at again. */
    void retry() {
        int n = held.size();
        for (int i = 0; i < n && !held.isEmpty() && !link.isDead(); i++) {
            held.remove().start();
        }
    }

    /** The connection ended: nobody waits for an answer. */
    void close() {
        held.forEach(r -> r.fingerprint.release());
        held.clear();
    }

    private final class Request {
        private final PacketType type;
        private final VolumeCore volume;
        private final PeerVolume peer;
        private final long sector;
        private final long blockId;
        private final int bytes;
        private final ByteBuf fingerprint;

        Request(
                PacketType type,
                VolumeCore volume,
                PeerVolume peer,
                long sector,
                long blockId,
                int bytes,
                ByteBuf fingerprint) {
            this.type = type;
            this.volume = volume;
            this.peer = peer;
            this.sector = sector;
            this.blockId = blockId;
            this.bytes = bytes;
            this.fingerprint = fingerprint;
        }

        void start() {
            if (link.isDead()) {
                over();
                return;
            }
            Backing disk = volume.backing();
            if (disk == null || volume.state().disk() != DiskState.UP_TO_DATE) {
                refuse();
                over();
                return;
            }
            boolean verifies = type == PacketType.OV_REQUEST;
            boolean syncs = !verifies && type != PacketType.DATA_REQUEST;
            // A verify that has ended meanwhile gets its answer, but nobody will tell when it is over.
            boolean keeps = verifies && volume.state().connection() == ConnectionState.VERIFY_T;
            if ((syncs || keeps) && !volume.local().tryRequest(sector)) {
                // An own write is open in this resync extent: what was read before it must not be sent behind it.
                held.add(this);
                return;
            }
            if (keeps) {
                volume.resync().answerer().reads(sector);
            }
            ByteBuf block = core.allocator().directBuffer(bytes, bytes);
            disk.read(sector << 9, block.internalNioBuffer(0, bytes).duplicate(), failure -> {
                if (link.isDead()) {
                    block.release();
                    over();
                } else if (failure == null) {
                    block.writerIndex(bytes);
                    answer(block);
                } else {
                    block.release();
                    failed(failure);
                }
                // That of a verify goes on until the verdict is here.
                if (syncs && !link.isDead()) {
                    volume.local().endRequest(sector);
                }
            });
        }

        /** Nothing is sent for it, or nothing that counts. */
        private void over() {
            fingerprint.release();
            link.intake().give(bytes);
        }

        /** It is over when the socket has taken this. */
        private void send(ByteBuf last) {
            fingerprint.release();
            link.answer(last, bytes);
        }

        private void refuse() {
            PacketType no = type == PacketType.DATA_REQUEST ? PacketType.NEG_DREPLY : PacketType.NEG_RS_DREPLY;
            link.acks().ack(no, peer, sector, blockId, bytes);
        }

        private void failed(BlockException failure) {
            if (type == PacketType.OV_REQUEST) {
                // As the kernel does: a digest that fits nothing.
                BlockDigest d = verify;
                int length = d == null ? 0 : d.bytes();
                header(PacketType.OV_REPLY, LENGTH + length, LENGTH + length)
                        .writeInt(bytes)
                        .writeInt(0)
                        .writeZero(length);
                appended();
            } else {
                refuse();
                over();
            }
            volume.diskFailed(failure);
        }

        /** It is over when the socket has taken what was appended. */
        private void appended() {
            fingerprint.release();
            link.appendedAnswer(bytes);
        }

        private ByteBuf header(PacketType answer, int length, int room) {
            return link.append(answer, peer.number(), length, room)
                    .writeLong(sector)
                    .writeLong(blockId);
        }

        private void answer(ByteBuf block) {
            switch (type) {
                case DATA_REQUEST -> data(PacketType.DATA_REPLY, block);
                case RS_THIN_REQ -> {
                    if (isZero(block)) {
                        block.release();
                        link.append(PacketType.RS_DEALLOCATED, peer.number(), 16, 16)
                                .writeLong(sector)
                                .writeInt(bytes)
                                .writeInt(0);
                        appended();
                    } else {
                        data(PacketType.RS_DATA_REPLY, block);
                    }
                }
                case CSUM_RS_REQUEST -> {
                    if (isSame(block)) {
                        block.release();
                        volume.markClean(sector << 9, bytes);
                        link.acks().ack(PacketType.RS_IS_IN_SYNC, peer, sector, ResyncTarget.ID_SYNCER, bytes);
                        over();
                    } else {
                        data(PacketType.RS_DATA_REPLY, block);
                    }
                }
                case OV_REQUEST -> digest(block);
                default -> data(PacketType.RS_DATA_REPLY, block);
            }
        }

        private boolean isSame(ByteBuf block) {
            BlockDigest d = csums;
            if (d == null || fingerprint.readableBytes() != d.bytes()) {
                link.protocolError("a digest of " + fingerprint.readableBytes() + " bytes does not fit csums-alg");
                return false;
            }
            d.reset();
            d.update(block, 0, bytes);
            return d.matches(fingerprint, 0);
        }

        private void digest(ByteBuf block) {
            BlockDigest d = verify;
            if (d != null) {
                d.reset();
                d.update(block, 0, bytes);
                ByteBuf b = header(PacketType.OV_REPLY, LENGTH + d.bytes(), LENGTH + d.bytes());
                d.finish(b.writeInt(bytes).writeInt(0));
                appended();
            } else {
                over();
            }
            block.release();
        }

        private void data(PacketType answer, ByteBuf block) {
            if (link.isDead()) {
                block.release();
                over();
                return;
            }
            BlockDigest d = link.integrity().sent();
            int extra = d == null ? 0 : d.bytes();
            ByteBuf b = header(answer, PeerWrites.HEADER + extra + bytes, PeerWrites.HEADER + extra);
            b.writeInt(0).writeInt(0);
            if (d != null) {
                d.reset();
                d.update(block, 0, bytes);
                d.finish(b);
            }
            link.appended();
            send(block);
        }
    }

    private static boolean isZero(ByteBuf block) {
        for (int i = 0; i + 8 <= block.writerIndex(); i += 8) {
            if (block.getLong(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
