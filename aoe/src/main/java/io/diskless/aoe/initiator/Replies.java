package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;

/** What an answer to an {@link Io} means. Stateless; confined to the event loop. */
final class Replies {
    private static final int AT = AoeHeader.AT;

    private Replies() {}

    /** An answer with a good tag from the right station; whether it is whole is checked here. */
    static void onAnswer(EventLoop loop, Copy copy, Path path, Frame frame, boolean error) {
        Io io = copy.io;
        if (io == null) {
            return;
        }
        ByteBuffer b = frame.bytes();
        boolean good = !error && AtaStatus.isSuccess(AtaFields.status(b, AT));
        int bytes = io.sectors * AtaCommand.SECTOR;
        if (good && io.isRead() && frame.length() < AtaFields.DATA_AT + bytes) {
            loop.wrongLength++;
            return;
        }
        loop.keeper.answered(copy, io, path);
        Request request = io.request;
        DiskEngine engine = path.target.engine;
        if (request == null || engine == null) {
            if (io.copies == null) {
                loop.release(io, path.target);
            }
            return;
        }
        if (good) {
            ByteBuffer into = request.buffer;
            if (io.isRead() && into != null) {
                into.put(request.bufferAt + (int) io.requestAt, b, AtaFields.DATA_AT, bytes);
                path.bytesRead += bytes;
            } else if (AtaCommand.isWrite(io.opcode)) {
                path.bytesWritten += bytes;
            }
            engine.done(io);
            return;
        }
        if (error && AoeHeader.error(b, AT) == AoeHeader.ERR_UNAVAILABLE) {
            engine.delay(io);
            return;
        }
        if (!error && io.isFlush() && (AtaFields.error(b, AT) & AtaStatus.ERR_ABORTED) != 0) {
            engine.flushRefused(io);
            return;
        }
        engine.failed(io, error ? refusal(io, AoeHeader.error(b, AT)) : failure(io, b));
    }

    private static BlockException refusal(Io io, int code) {
        long offset = offset(io, io.lba);
        return switch (code) {
            case AoeHeader.ERR_RESERVED ->
                new BlockException(Kind.STALE, offset, "the target is reserved for others (AoE error 6)");
            case AoeHeader.ERR_UNKNOWN_COMMAND, AoeHeader.ERR_VERSION ->
                new BlockException(
                        Kind.NOT_SUPPORTED, offset, "the target does not take ATA commands (AoE error " + code + ")");
            default ->
                new BlockException(
                        Kind.MEDIUM,
                        offset,
                        "the target refused " + AtaCommand.name(io.opcode) + " of " + io.span + " sectors at " + io.lba
                                + " (AoE error " + code + ")");
        };
    }

    private static BlockException failure(Io io, ByteBuffer b) {
        int status = AtaFields.status(b, AT);
        int error = AtaFields.error(b, AT);
        long told = AtaCommand.isExtended(io.opcode) ? AtaFields.lba48(b, AT) : AtaFields.lba28(b, AT);
        // Some targets tell the failing sector, others echo the request (spec §4.6).
        long lba = told >= io.lba && told < io.lba + io.span ? told : io.lba;
        Kind kind;
        if ((error & AtaStatus.ERR_NOT_FOUND) != 0) {
            kind = Kind.OUT_OF_RANGE;
        } else if ((error & AtaStatus.ERR_ABORTED) != 0
                && io.changesData()
                && (error & AtaStatus.ERR_UNCORRECTABLE) == 0) {
            // The one reason why targets refuse a well-formed write (spec §4.4).
            kind = Kind.READ_ONLY;
        } else {
            kind = Kind.MEDIUM;
        }
        return new BlockException(
                kind,
                offset(io, lba),
                AtaCommand.name(io.opcode) + " of " + io.span + " sectors at " + io.lba + ": "
                        + AtaStatus.describe(status, error));
    }

    private static long offset(Io io, long lba) {
        return io.isFlush() ? BlockException.NO_OFFSET : lba * AtaCommand.SECTOR;
    }

    static BlockException timeout(RemoteTarget target, long offset, long nanos) {
        StringBuilder text = new StringBuilder("no answer from ")
                .append(target.address)
                .append(" within ")
                .append(nanos / 1_000_000)
                .append(" ms");
        for (Path p : target.paths) {
            text.append(p == target.paths.get(0) ? "; " : ", ")
                    .append(p.port.name)
                    .append(" to ")
                    .append(MacAddress.of(p.mac))
                    .append(' ')
                    .append(p.state);
        }
        return new BlockException(Kind.TIMEOUT, offset, text.toString());
    }
}
