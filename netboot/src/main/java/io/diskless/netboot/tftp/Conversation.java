package io.diskless.netboot.tftp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** One file on its way to a client: brings content to the state machine. Confined to its event loop. */
final class Conversation extends Exchange implements Transfer.Port {
    private final TftpData data;
    private final Negotiation agreed;
    private final Transfer transfer;

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
        Channel out = channel();
        int size = agreed.blockSize();
        ByteBuf packet = out.alloc().buffer(Wire.HEADER + size);
        packet.writeShort(Wire.DATA).writeShort((int) index & 0xffff);
        long offset = (index - 1) * size;
        int filled;
        try {
            ByteBuffer target = packet.internalNioBuffer(Wire.HEADER, size);
            int start = target.position();
            while (target.hasRemaining() && data.read(offset + target.position() - start, target) > 0) {
                // A short read is not the end; only -1 is.
            }
            filled = target.position() - start;
            long whole = data.size();
            if (whole >= 0 && filled < Math.min(size, Math.max(0, whole - offset))) {
                throw new IOException("content of " + whole + " bytes ended at " + (offset + filled));
            }
        } catch (IOException | RuntimeException e) {
            packet.release();
            LOG.warn("TFTP: cannot read {} for {}", request.filename(), client, e);
            error(Wire.ERROR_SEE_TEXT, "cannot read");
            transfer.fail(TftpOutcome.CONTENT_FAILED);
            return false;
        }
        packet.writerIndex(Wire.HEADER + filled);
        write(packet);
        return filled < size;
    }

    @Override
    public void flush() {
        flushSent();
    }

    @Override
    public void ended(TftpOutcome outcome) {
        disarm();
        if (outcome == TftpOutcome.TIMED_OUT) {
            error(Wire.ERROR_SEE_TEXT, "no answer from the client");
        }
        closePort();
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
