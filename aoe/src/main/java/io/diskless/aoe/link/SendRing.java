package io.diskless.aoe.link;

import static io.diskless.aoe.internal.linux.LinuxConstants.*;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.internal.linux.Errno;
import io.diskless.aoe.internal.linux.LibC;
import io.diskless.aoe.internal.linux.MappedMemory;
import io.diskless.aoe.internal.linux.PacketSockets;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The transmit half of a packet ring (TPACKET_V2) and its socket, which is bound without a protocol so that it never
 * receives anything.
 *
 * <pre>
 *  slot    u32 status  u32 len  u32 snaplen  u16 mac ...     mac says where the frame begins (PACKET_TX_HAS_OFF)
 *  +lead   the frame; its sector data lies aligned at lead + 36
 *
 *     oldest ------- kicked --------- head --------- oldest + slots
 *       on their way  | to be sent     | free
 * </pre>
 *
 * <p>A slot is AVAILABLE, then SEND_REQUEST (ours: committed), then SENDING (the driver's), then AVAILABLE again. The kernel
 * walks in order from a head of its own and stops at what is not SEND_REQUEST. So what must not be sent any more (link
 * down) is taken back from the kernel's head on, and our head goes back to there: both heads agree again.
 *
 * <p>When the kernel stops early (socket buffer or queue full) the rest keeps SEND_REQUEST and is kicked again later. With
 * PACKET_LOSS a frame that it refuses is skipped rather than blocking the ring for ever; that shows only in the number of
 * bytes that send() returns.
 */
final class SendRing {
    private static final int LEN = 4;
    private static final int MAC = 12;

    private final int fd;
    private final RingGeometry geometry;
    private final MappedMemory memory;
    private final ByteBuffer ring;
    private final Frame[] frames;
    private long oldest;
    private long kicked;
    private long head;
    private boolean claimed;
    private boolean stalled;

    private SendRing(int fd, RingGeometry geometry, MappedMemory memory) {
        this.fd = fd;
        this.geometry = geometry;
        this.memory = memory;
        ring = memory.bytes();
        frames = new Frame[geometry.slots()];
        for (int i = 0; i < frames.length; i++) {
            int slot = i * geometry.slotSize();
            frames[i] = new Frame(ring.slice(slot + geometry.lead(), geometry.room()));
            ring.putShort(slot + MAC, (short) geometry.lead());
        }
    }

    static SendRing open(RingGeometry geometry, boolean bypassQueue) throws AoeException {
        int fd = PacketSockets.open();
        try {
            PacketSockets.option(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V2, "PACKET_VERSION 2");
            PacketSockets.option(fd, SOL_PACKET, PACKET_LOSS, 1, "PACKET_LOSS");
            PacketSockets.option(fd, SOL_PACKET, PACKET_TX_HAS_OFF, 1, "PACKET_TX_HAS_OFF");
            if (bypassQueue) {
                PacketSockets.option(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
            }
            // Frames on their way are charged to the send buffer; without privilege it stays small and the ring stalls
            // a little earlier, which is handled.
            PacketSockets.buffer(fd, false, Math.min(2 * geometry.bytes(), 64 << 20));
            PacketSockets.ring(
                    fd, PACKET_TX_RING, geometry.blockSize(), geometry.blocks(), geometry.slotSize(), geometry.slots());
            return new SendRing(fd, geometry, MappedMemory.map(fd, geometry.bytes()));
        } catch (AoeException | RuntimeException e) {
            LibC.close(fd);
            throw e;
        }
    }

    void bind(int index) throws AoeException {
        PacketSockets.bind(fd, index, false);
    }

    int fd() {
        return fd;
    }

    void close() {
        LibC.close(fd);
        memory.release();
    }

    @Nullable
    Frame claim() {
        if ((int) ReceiveRing.STATUS.getAcquire(ring, slot(head)) != TP_STATUS_AVAILABLE) {
            return null;
        }
        claimed = true;
        return frames[(int) head & (frames.length - 1)];
    }

    void commit(PacketRing link, int length) {
        if (!claimed) {
            throw new IllegalStateException("commit without a claimed slot on " + link.name());
        }
        claimed = false;
        if (length < 14 || length > link.longestFrame()) {
            link.sendDropped.add(1);
            return;
        }
        int slot = slot(head++);
        ring.putInt(slot + LEN, length);
        ReceiveRing.STATUS.setRelease(ring, slot, TP_STATUS_SEND_REQUEST);
    }

    int capacity() {
        while (oldest < head && (int) ReceiveRing.STATUS.getAcquire(ring, slot(oldest)) == TP_STATUS_AVAILABLE) {
            oldest++;
        }
        return (int) (frames.length - (head - oldest));
    }

    /** Whether frames wait for the kernel, or all slots for the driver. */
    boolean blocked() {
        return stalled || capacity() == 0;
    }

    boolean stalled() {
        return stalled;
    }

    void flush(PacketRing link) {
        claimed = false;
        if (kicked == head) {
            return;
        }
        if (link.state() != LinkState.UP) {
            takeBack(link);
            return;
        }
        long result = LibC.send(fd, 0, 0, MSG_DONTWAIT);
        int errno = result < 0 ? LibC.errno() : 0;
        long from = kicked;
        long bytes = 0;
        while (kicked < head) {
            int slot = slot(kicked);
            if ((int) ReceiveRing.STATUS.getAcquire(ring, slot) == TP_STATUS_SEND_REQUEST) {
                break;
            }
            bytes += ring.getInt(slot + LEN);
            kicked++;
        }
        long skipped = result >= 0 && result < bytes ? skipped(link, from) : 0;
        link.sendDropped.add(skipped);
        link.sent.add(kicked - from - skipped);
        if (errno == Errno.ENETDOWN || errno == Errno.ENXIO || errno == Errno.ENODEV) {
            link.newsExpected();
            takeBack(link);
        } else {
            stalled = kicked < head;
        }
    }

    /** The kernel refused frames that were within the MTU when they were committed: count what is too long now. */
    private long skipped(PacketRing link, long from) {
        link.monitor().query();
        link.newsExpected();
        int longest = link.monitor().mtu() + 14;
        long count = 0;
        for (long i = from; i < kicked; i++) {
            if (ring.getInt(slot(i) + LEN) > longest) {
                count++;
            }
        }
        return Math.max(1, count);
    }

    private void takeBack(PacketRing link) {
        link.sendDropped.add(head - kicked);
        while (head > kicked) {
            ReceiveRing.STATUS.setRelease(ring, slot(--head), TP_STATUS_AVAILABLE);
        }
        stalled = false;
    }

    private int slot(long index) {
        return ((int) index & (frames.length - 1)) * geometry.slotSize();
    }
}
