package io.diskless.aoe.initiator;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.EthernetHeader;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** A direct message to a target on a user's behalf. Confined to the event loop. */
final class Operation<T> extends Control {
    /** Writes what follows the AoE header. */
    @FunctionalInterface
    interface Body {
        /** Returns how many bytes, AoE header included. */
        int write(ByteBuffer b, int at);
    }

    /** Understands an answer; the frame may have flag E. */
    @FunctionalInterface
    interface Parser<T> {
        T parse(Frame frame, int attempts) throws AoeException;
    }

    private final int command;
    private final Body body;
    private final Parser<T> parser;
    private final CompletableFuture<T> future;

    Operation(
            RemoteTarget target,
            long now,
            long patience,
            int command,
            Body body,
            Parser<T> parser,
            CompletableFuture<T> future) {
        super(target, null, now, patience);
        this.command = command;
        this.body = body;
        this.parser = parser;
        this.future = future;
    }

    @Override
    int command() {
        return command;
    }

    @Override
    int write(Frame frame, Path path) {
        return EthernetHeader.LENGTH + body.write(frame.bytes(), AoeHeader.AT);
    }

    @Override
    boolean answered(Frame frame, Path path, long now) {
        try {
            future.complete(parser.parse(frame, attempts));
        } catch (AoeException e) {
            future.completeExceptionally(e);
        } catch (IndexOutOfBoundsException e) {
            return false;
        }
        return true;
    }

    @Override
    void gaveUp(long now) {
        future.completeExceptionally(new AoeException(
                AoeException.Kind.TIMEOUT,
                target.address + " did not answer after " + attempts
                        + " attempts; is it served, and is this station on its mask and access lists?"));
    }

    @Override
    void closed() {
        future.completeExceptionally(AoeInitiator.closedFailure());
    }
}
