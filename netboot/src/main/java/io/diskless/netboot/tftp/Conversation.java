package io.diskless.netboot.tftp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One file on its way to a client: brings content to the state machine. Confined to its event loop. */
final class Conversation extends Exchange implements Transfer.Port {
    private final TftpData data;
    private final Negotiation agreed;
    private final Transfer transfer;
    /** Null where each block is sent by itself. */
    private @Nullable Windows windows;

    Conversation(
            Requests server,
            InetSocketAddress client,
            TftpRequest request,
            TftpData data,
            boolean octet,
            EventLoop loop) {
        super(server, client, request, loop);
        this.data = data;
        this.agreed = Negotiation.of(request, data.size(), octet, server.options);
        this.transfer = new Transfer(this, agreed, server.options);
    }

    @Override
    void start(long now) {
        if (agreed.windowSize() > 1) {
            windows = server.windows.beside(channel(), client);
        }
        transfer.start(now);
    }

    @Override
    void heard(int opcode, int number, ByteBuf packet, long now) {
        if (opcode == Wire.ACK) {
            transfer.acknowledged(number, now);
        } else if (opcode == Wire.ERROR) {
            transfer.refused();
        }
    }

    @Override
    boolean requestedAgain(long now) {
        return transfer.requestedAgain(now);
    }

    @Override
    void tick(long now) {
        transfer.tick(now);
    }

    @Override
    long deadline() {
        return transfer.deadline();
    }

    @Override
    boolean hasEnded() {
        return transfer.hasEnded();
    }

    @Override
    void end(TftpOutcome outcome) {
        transfer.fail(outcome);
    }

    /** What clients send to a transfer is an ACK or an ERROR with a line of text. */
    @Override
    int longest() {
        return TftpRequest.MAX_LENGTH;
    }

    @Override
    public void oack() {
        write(Wire.oack(channel().alloc(), agreed.answer()));
    }

    @Override
    public boolean data(long index) {
        int length = Wire.HEADER + agreed.blockSize();
        Windows together = windows;
        try {
            if (together != null && !together.hasRoom(length)) {
                send(together);
                together = windows;
            }
            if (together == null) {
                return one(index, channel().alloc().buffer(length));
            }
            ByteBuffer packets = together.data();
            int start = packets.position();
            packets.putShort((short) Wire.DATA).putShort((short) index);
            packets.limit(start + length);
            try {
                int filled = fill(index, packets);
                return filled < agreed.blockSize();
            } catch (IOException | RuntimeException e) {
                packets.position(start);
                throw e;
            } finally {
                packets.limit(packets.capacity());
            }
        } catch (IOException | RuntimeException e) {
            flush();
            LOG.warn("TFTP: cannot read {} for {}", request.filename(), client, e);
            error(Wire.ERROR_SEE_TEXT, "cannot read");
            transfer.fail(TftpOutcome.CONTENT_FAILED);
            return false;
        }
    }

    private boolean one(long index, ByteBuf packet) throws IOException {
        try {
            packet.writeShort(Wire.DATA).writeShort((int) index & 0xffff);
            int filled = fill(index, packet.internalNioBuffer(Wire.HEADER, agreed.blockSize()));
            packet.writerIndex(Wire.HEADER + filled);
            write(packet);
            return filled < agreed.blockSize();
        } catch (IOException | RuntimeException e) {
            packet.release();
            throw e;
        }
    }

    /** Reads a block into what remains of a buffer. */
    private int fill(long index, ByteBuffer target) throws IOException {
        int size = agreed.blockSize();
        long offset = (index - 1) * size;
        int start = target.position();
        while (target.hasRemaining() && data.read(offset + target.position() - start, target) > 0) {
            // A short read is not the end; only -1 is.
        }
        int filled = target.position() - start;
        long whole = data.size();
        if (whole >= 0 && filled < Math.min(size, Math.max(0, whole - offset))) {
            throw new IOException("content of " + whole + " bytes ended at " + (offset + filled));
        }
        return filled;
    }

    /** What the system does not take together goes block by block, where Netty waits for room. */
    private void send(Windows together) {
        int each = Wire.HEADER + agreed.blockSize();
        if (!together.send(each)) {
            together.close();
            windows = null;
        }
        ByteBuffer left = together.data().flip();
        while (left.hasRemaining()) {
            int length = Math.min(each, left.remaining());
            ByteBuf packet = channel().alloc().buffer(length);
            packet.writeBytes(left.slice(left.position(), length));
            left.position(left.position() + length);
            write(packet);
        }
        left.clear();
    }

    @Override
    public void flush() {
        Windows together = windows;
        if (together != null && !together.isEmpty()) {
            send(together);
        }
        flushSent();
    }

    @Override
    public void ended(TftpOutcome outcome) {
        disarm();
        if (outcome == TftpOutcome.TIMED_OUT) {
            error(Wire.ERROR_SEE_TEXT, "no answer from the client");
        }
        closePort();
        if (windows != null) {
            windows.close();
        }
        try {
            data.close();
        } catch (IOException e) {
            LOG.warn("TFTP: cannot close {}", request.filename(), e);
        }
        server.forget(
                this,
                new TftpReport(
                        client,
                        request.filename(),
                        outcome,
                        transfer.blocks(),
                        agreed.blockSize(),
                        agreed.windowSize(),
                        transfer.repeats()));
    }
}
