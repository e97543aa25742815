package io.diskless.aoe.link;

import static io.diskless.aoe.internal.linux.LinuxConstants.*;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.internal.linux.Bpf;
import io.diskless.aoe.internal.linux.MappedMemory;
import io.diskless.aoe.internal.linux.PacketSockets;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The receive half of a packet ring (TPACKET_V2) and its socket.
 *
 * <pre>
 *  slot    u32 status  u32 len  u32 snaplen  u16 mac  u16 net  ...          32 bytes, tpacket2_hdr
 *  +32     sockaddr_ll                                                      20 bytes
 *  +lead   the frame; its sector data lies aligned at lead + 36
 * </pre>
 *
 * <p>Status belongs to both sides: bit 0 read with acquire means the slot is ours, 0 written with release gives it back,
 * and from that instant every byte of it may change. Slots are taken strictly in order.
 */
final class ReceiveRing {
    static final VarHandle STATUS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private static final int LEN = 4;
    private static final int SNAPLEN = 8;
    private static final int MAC = 12;

    private final ReceiveSocket socket;
    private final RingGeometry geometry;
    private final MappedMemory memory;
    private final ByteBuffer ring;
    private final Frame[] frames;
    private int at;

    private ReceiveRing(ReceiveSocket socket, RingGeometry geometry, MappedMemory memory) {
        this.socket = socket;
        this.geometry = geometry;
        this.memory = memory;
        ring = memory.bytes();
        frames = new Frame[geometry.slots()];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = new Frame(ring.slice(i * geometry.slotSize() + geometry.lead(), geometry.room()));
        }
    }

    /** Everything up to and without bind, in the order that lets no frame slip past the ring. */
    static ReceiveRing open(RingGeometry geometry, Bpf filter) throws AoeException {
        ReceiveSocket socket = ReceiveSocket.open(filter);
        int fd = socket.fd();
        try {
            PacketSockets.option(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V2, "PACKET_VERSION 2");
            int reserve = geometry.lead() - RingGeometry.RECEIVE_LEAD;
            PacketSockets.option(fd, SOL_PACKET, PACKET_RESERVE, reserve, "PACKET_RESERVE " + reserve);
            PacketSockets.ring(
                    fd, PACKET_RX_RING, geometry.blockSize(), geometry.blocks(), geometry.slotSize(), geometry.slots());
            return new ReceiveRing(socket, geometry, MappedMemory.map(fd, geometry.bytes()));
        } catch (AoeException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    int fd() {
        return socket.fd();
    }

    void bind(int index) throws AoeException {
        PacketSockets.bind(socket.fd(), index, true);
    }

    boolean ready() {
        return ((int) STATUS.getAcquire(ring, at * geometry.slotSize()) & TP_STATUS_USER) != 0;
    }

    int receive(PacketRing link, FrameHandler handler, int limit) {
        int handed = 0;
        while (handed < limit && !link.isClosed()) {
            int slot = at * geometry.slotSize();
            if (((int) STATUS.getAcquire(ring, slot) & TP_STATUS_USER) == 0) {
                break;
            }
            Frame frame = frames[at];
            at = (at + 1) & (frames.length - 1);
            int length = ring.getInt(slot + LEN);
            // A longer frame than the slots hold is cut silently; its mac offset is where we told the kernel to put it.
            if (length != ring.getInt(slot + SNAPLEN)
                    || (ring.getShort(slot + MAC) & 0xFFFF) != geometry.lead()
                    || length < 14) {
                STATUS.setRelease(ring, slot, TP_STATUS_KERNEL);
                link.refused.add(1);
                continue;
            }
            frame.length(length);
            link.received.add(1);
            handed++;
            try {
                handler.onFrame(frame);
            } finally {
                STATUS.setRelease(ring, slot, TP_STATUS_KERNEL);
            }
        }
        return handed;
    }

    long dropped() {
        return socket.dropped();
    }

    void close() {
        socket.close();
        memory.release();
    }
}
