package io.diskless.drbd.internal;

/**
 * The two packet sequences of a volume (wire spec §8.5): the numbers of our own data and ack packets, and the highest
 * one seen from the peer. With two Primaries the side that resolves conflicts must not look at a write before it has seen
 * all acks that the peer sent before it, which come by the other socket.
 *
 * <p>Numbers wrap around; they are compared by their signed difference. Both start at 0 with each connection. Confined
 * to the event loop of the data socket.
 */
public final class SequenceGate {
    private int own;
    private int seen;

    /** A gate at the start of a connection. */
    public SequenceGate() {}

    /**
     * A gate in the middle of a connection.
     *
     * @param own our last number
     * @param seen the highest of the peer
     */
    SequenceGate(int own, int seen) {
        this.own = own;
        this.seen = seen;
    }

    /**
     * The number for the next data or ack packet.
     *
     * @return one more than the last
     */
    public int next() {
        return ++own;
    }

    /**
     * A packet of the peer was processed.
     *
     * @param seq its number; one that is not new changes nothing
     */
    public void seen(int seq) {
        if (seq - seen > 0) {
            seen = seq;
        }
    }

    /**
     * Whether everything that the peer sent before a write has been seen.
     *
     * @param seq the number of the write
     * @return true if only the write itself may be missing
     */
    public boolean admits(int seq) {
        return seq - 1 - seen <= 0;
    }
}
