package io.diskless.netboot.tftp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.concurrent.TimeUnit;

/** One file on its way from a client: brings its bytes to the store. Confined to its event loop. */
// Netty hands out a future for the closing of the port, which nobody waits for.
@SuppressWarnings("FutureReturnValueIgnored")
final class Receiving extends Exchange implements Reception.Port {
    /** tftp-hpa and curl send a block again after 5 s without an acknowledgement. */
    private static final int DALLY_SECONDS = 11;

    private final TftpUpload upload;
    private final Negotiation agreed;
    private final Reception reception;
    private long received;

    Receiving(
            Requests server,
            InetSocketAddress client,
            TftpRequest request,
            TftpUpload upload,
            long size,
            EventLoop loop) {
        super(server, client, request, loop);
        this.upload = upload;
        this.agreed = Negotiation.of(request, size, true, server.options);
        this.reception = new Reception(this, agreed, server.options);
    }

    @Override
    void start(long now) {
        reception.start(now);
    }

    @Override
    void heard(int opcode, int number, ByteBuf packet, long now) {
        if (opcode == Wire.DATA) {
            int from = packet.readerIndex() + Wire.HEADER;
            reception.data(number, packet.nioBuffer(from, packet.writerIndex() - from), now);
        } else if (opcode == Wire.ERROR) {
            reception.refused();
        }
    }

    @Override
    boolean requestedAgain(long now) {
        return reception.requestedAgain(now);
    }

    @Override
    void tick(long now) {
        reception.tick(now);
    }

    @Override
    long deadline() {
        return reception.deadline();
    }

    @Override
    boolean hasEnded() {
        return reception.hasEnded();
    }

    @Override
    void end(TftpOutcome outcome) {
        reception.fail(outcome);
    }

    /** One byte more than a full block: what is longer is found out. */
    @Override
    int longest() {
        return Math.max(TftpRequest.MAX_LENGTH, Wire.HEADER + agreed.blockSize() + 1);
    }

    @Override
    public void oack() {
        write(Wire.oack(channel().alloc(), agreed.answer()));
        flushSent();
    }

    @Override
    public void acknowledge(long block) {
        write(Wire.ack(channel().alloc(), (int) block & 0xffff));
        flushSent();
    }

    @Override
    public boolean take(ByteBuffer payload, boolean last) {
        received += payload.remaining();
        if (received > server.options.maxUploadBytes()) {
            error(Wire.ERROR_FULL, Requests.tooLarge(server.options));
            reception.fail(TftpOutcome.TOO_LARGE);
            return false;
        }
        try {
            upload.write(payload);
            if (last) {
                upload.commit();
            }
            return true;
        } catch (FileAlreadyExistsException e) {
            error(Wire.ERROR_EXISTS, "file exists");
        } catch (IOException | RuntimeException e) {
            LOG.warn("TFTP: cannot write {} for {}", request.filename(), client, e);
            error(Wire.ERROR_SEE_TEXT, "cannot write");
        }
        reception.fail(TftpOutcome.CONTENT_FAILED);
        return false;
    }

    @Override
    public void tooLong() {
        error(Wire.ERROR_ILLEGAL, "a block is longer than was agreed");
    }

    @Override
    public void ended(TftpOutcome outcome) {
        disarm();
        try {
            upload.close();
        } catch (IOException e) {
            LOG.warn("TFTP: cannot close {}", request.filename(), e);
        }
        if (outcome == TftpOutcome.TIMED_OUT) {
            error(Wire.ERROR_SEE_TEXT, "no answer from the client");
        }
        if (outcome == TftpOutcome.COMPLETED) {
            // Its last acknowledgement may have been lost.
            server.linger(this);
            loop.schedule(() -> server.leave(this), DALLY_SECONDS, TimeUnit.SECONDS);
        } else {
            closePort();
        }
        server.forget(
                this,
                new TftpReport(
                        client,
                        request.filename(),
                        outcome,
                        reception.blocks(),
                        agreed.blockSize(),
                        agreed.windowSize(),
                        reception.repeats()));
    }
}
