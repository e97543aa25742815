package io.diskless.aoe.target;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a port that may be under way at once, each with a page-aligned direct buffer. Made sixteen at a time as
 * they are needed, never more than the limit: what comes beyond is dropped, as the protocol allows.
 *
 * <p>Confined to the port's thread.
 */
final class RequestPool {
    private static final int PAGE = 4096;
    private static final int CHUNK = 16;

    private final PortLoop port;
    private final int limit;
    private final int bytes;
    private @Nullable Request free;
    private int made;
    private int taken;

    RequestPool(PortLoop port, int limit, int bytes) {
        this.port = port;
        this.limit = limit;
        this.bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    }

    PortLoop port() {
        return port;
    }

    /** Bytes of each buffer. */
    int bytes() {
        return bytes;
    }

    int taken() {
        return taken;
    }

    /** A request that is nobody's, or null if all are under way. */
    @Nullable
    Request take() {
        if (free == null) {
            grow();
        }
        Request request = free;
        if (request != null) {
            free = request.next;
            request.next = null;
            taken++;
        }
        return request;
    }

    void give(Request request) {
        taken--;
        request.target = null;
        request.peer = null;
        request.failure = null;
        request.next = free;
        free = request;
    }

    private void grow() {
        int n = Math.min(CHUNK, limit - made);
        if (n <= 0) {
            return;
        }
        ByteBuffer slab = ByteBuffer.allocateDirect(n * bytes + PAGE).alignedSlice(PAGE);
        for (int i = 0; i < n; i++) {
            Request request = new Request(this, slab.slice(i * bytes, bytes).order(ByteOrder.BIG_ENDIAN));
            request.next = free;
            free = request;
        }
        made += n;
    }
}
