package io.diskless.drbd.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;

/**
 * A caller's bytes on their way to the socket. They are given back when the socket has taken them, or never will: then
 * nobody holds this buffer any more, and no promise has to be made for that. Confined to the data loop.
 */
final class LentBytes extends UnpooledDirectByteBuf {
    private final Runnable givenBack;

    private LentBytes(ByteBuffer bytes, Runnable givenBack) {
        super(UnpooledByteBufAllocator.DEFAULT, bytes, bytes.remaining());
        this.givenBack = givenBack;
    }

    /**
     * Lends bytes to a socket.
     *
     * @param bytes those between position and limit, which stay as they are
     * @param givenBack runs when nobody holds them any more, perhaps at once
     * @param allocator where a copy comes from, if one is needed
     * @return to be sent, once
     */
    static ByteBuf of(ByteBuffer bytes, Runnable givenBack, ByteBufAllocator allocator) {
        if (bytes.isDirect() && !bytes.isReadOnly()) {
            return new LentBytes(bytes, givenBack);
        }
        // What lies on the heap is copied for the socket in any case; what may only be read cannot be lent like this.
        ByteBuf copy = allocator.directBuffer(bytes.remaining(), bytes.remaining());
        copy.writeBytes(bytes.duplicate());
        givenBack.run();
        return copy;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        givenBack.run();
    }
}
