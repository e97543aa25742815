package io.diskless.netboot.tftp;

import java.nio.ByteBuffer;

/**
 * One file on its way from one client, as a pure state machine: it hears packets and the time, and says what to answer.
 *
 * <p>Blocks are counted without wrapping; {@code accepted} is the last one of an unbroken row. It is acknowledged where a
 * window ends, where the file ends, where it comes again (our acknowledgement was lost), and once where a later one
 * comes (RFC 7440 section 4: a block was lost). Each packet gets at most one small answer, so forged ones gain nothing.
 *
 * <p>The last block is acknowledged only after the file is kept. Whoever repeats it later, because that acknowledgement was
 * lost, gets it again as long as the port is there.
 *
 * <p>Confined to its event loop.
 */
final class Reception {
    /** Half of the block numbers: what is further ahead is behind. */
    private static final int HALF = 0x8000;

    /** Where answers and bytes go. A method may end the transfer by {@link Reception#fail}. */
    interface Port {
        /** Sends the option acknowledgement. */
        void oack();

        /**
         * Sends an acknowledgement.
         *
         * @param block its number, not wrapped
         */
        void acknowledge(long block);

        /**
         * Keeps a block.
         *
         * @param payload its bytes
         * @param last whether the file ends with it; it must be safe then
         * @return whether that went well; otherwise the transfer has been ended
         */
        boolean take(ByteBuffer payload, boolean last);

        /** A block was longer than agreed, which ends the transfer. */
        void tooLong();

        /** The transfer has ended. */
        void ended(TftpOutcome outcome);
    }

    private final Port port;
    private final boolean withOack;
    private final int blockSize;
    private final int window;
    private final Retries retries;

    private boolean ended;
    private boolean whole;
    private boolean gapTold;
    private long accepted;
    private int inWindow;

    Reception(Port port, Negotiation agreed, TftpServerOptions limits) {
        this.port = port;
        this.withOack = !agreed.answer().isEmpty();
        this.blockSize = agreed.blockSize();
        this.window = agreed.windowSize();
        this.retries = new Retries(agreed, limits);
    }

    /** Says that the client may send. */
    void start(long now) {
        retries.progress(now);
        acknowledge();
    }

    /** A block came, its number 0 to 65535. */
    void data(int block, ByteBuffer payload, long now) {
        long ahead = (block - accepted) & 0xffff;
        if (ended) {
            if (whole && ahead == 0) {
                acknowledge();
            }
            return;
        }
        if (ahead == 1) {
            next(payload, now);
        } else if (ahead == 0 && accepted > 0) {
            inWindow = 0;
            acknowledge();
        } else if (ahead > 1 && ahead < HALF && window > 1 && !gapTold) {
            // It knows the options, so what it misses is an acknowledgement of block 0, if nothing came yet.
            retries.prove();
            gapTold = true;
            inWindow = 0;
            acknowledge();
        }
    }

    private void next(ByteBuffer payload, long now) {
        int size = payload.remaining();
        if (size > blockSize) {
            port.tooLong();
            fail(TftpOutcome.ABORTED);
            return;
        }
        boolean last = size < blockSize;
        if (!port.take(payload, last)) {
            return;
        }
        retries.prove();
        accepted++;
        inWindow++;
        gapTold = false;
        retries.progress(now);
        whole = last;
        if (last || inWindow >= window) {
            inWindow = 0;
            acknowledge();
        }
        if (last) {
            end(TftpOutcome.COMPLETED);
        }
    }

    /** The client said ERROR. */
    void refused() {
        fail(TftpOutcome.ABORTED);
    }

    /**
     * The client sent the same request again from the same port.
     *
     * @return whether it was dealt with; if not, the client has started anew and this transfer is history
     */
    boolean requestedAgain(long now) {
        if (ended) {
            return false;
        }
        if (!retries.isProven()) {
            if (retries.answersAgain(now)) {
                acknowledge();
            }
            return true;
        }
        return !retries.isStalled();
    }

    /** Time has passed. */
    void tick(long now) {
        if (ended || !retries.isDue(now)) {
            return;
        }
        if (retries.isExhausted()) {
            end(TftpOutcome.TIMED_OUT);
            return;
        }
        retries.repeat(now);
        gapTold = false;
        inWindow = 0;
        acknowledge();
    }

    /** Ends the transfer from outside, or from within a {@link Port} that cannot go on. */
    void fail(TftpOutcome outcome) {
        if (!ended) {
            end(outcome);
        }
    }

    /** When {@link #tick} wants to be called next, on the clock of the other calls. */
    long deadline() {
        return retries.deadline();
    }

    boolean hasEnded() {
        return ended;
    }

    /** Blocks that we have. */
    long blocks() {
        return accepted;
    }

    /** Timeouts that repeated something. */
    long repeats() {
        return retries.total();
    }

    /** What we have; until the client has sent anything that is the OACK, or block 0. */
    private void acknowledge() {
        if (!retries.isProven() && withOack) {
            port.oack();
        } else {
            port.acknowledge(accepted);
        }
    }

    private void end(TftpOutcome outcome) {
        ended = true;
        port.ended(outcome);
    }
}
