package io.diskless.netboot.tftp;

/**
 * One file on its way to one client, as a pure state machine: it hears packets and the time, and says what to send.
 *
 * <p>Blocks are counted without wrapping in {@code long}; only the wire shows their low 16 bits, so after 65535 comes 0.
 * {@code acked} is the last block that the client has, {@code sent} the last that was sent since then; at most a window
 * lies between them.
 *
 * <ul>
 *   <li>Until the client has answered once, exactly one datagram goes out for each request and each timeout, and timeouts
 *       are few: whoever forges a sender's address gains little.
 *   <li>An acknowledgement inside the window moves it and sends from the next block on (RFC 7440 section 4).
 *   <li>A repeated acknowledgement sends nothing while the window is one block: otherwise each duplicate would double every
 *       later block, the sorcerer's apprentice. With larger windows it says that the first block was lost; it is then
 *       heard once for each position, so duplicates cannot multiply.
 *   <li>Only a timeout repeats on its own. Waits double, and after the last the transfer ends.
 *   <li>The sender does not linger after the last acknowledgement. While it is missing, the last block is repeated; a client
 *       that has left by then has the whole file, which the outcome tells apart from a silent one.
 * </ul>
 *
 * <p>Confined to its event loop.
 */
final class Transfer {
    /** Where packets go. A method may end the transfer by {@link Transfer#fail}. */
    interface Port {
        /** Sends the option acknowledgement. */
        void oack();

        /**
         * Sends a block.
         *
         * @param index its number from 1 on, not wrapped
         * @return whether it was the last (shorter than the block size)
         */
        boolean data(long index);

        /** Everything that was said since the last call can go. */
        void flush();

        /** The transfer has ended; nothing is called after this. */
        void ended(TftpOutcome outcome);
    }

    private final Port port;
    private final boolean withOack;
    private final int window;
    private final Retries retries;

    private boolean oackPending;
    private boolean ended;
    private boolean rewound;
    private long acked;
    private long sent;
    private long last = Long.MAX_VALUE;

    Transfer(Port port, Negotiation agreed, TftpServerOptions limits) {
        this.port = port;
        this.withOack = !agreed.answer().isEmpty();
        this.window = agreed.windowSize();
        this.retries = new Retries(agreed, limits);
    }

    /** Sends the first packet. */
    void start(long now) {
        oackPending = withOack;
        progress(now);
    }

    /** The client acknowledged a block, 0 to 65535. */
    void acknowledged(int block, long now) {
        if (ended) {
            return;
        }
        if (oackPending) {
            if (block == 0) {
                retries.prove();
                oackPending = false;
                progress(now);
            }
            return;
        }
        long ahead = (block - acked) & 0xffff;
        if (ahead > sent - acked) {
            return; // an old one, or of a block that was never sent
        }
        if (ahead == 0) {
            // Without OACK an acknowledgement of block 0 proves nothing: nobody had anything to acknowledge.
            if (window > 1 && !rewound) {
                rewound = true;
                progress(now);
            }
            return;
        }
        retries.prove();
        rewound = acked + ahead < sent;
        acked += ahead;
        if (acked == last) {
            end(TftpOutcome.COMPLETED);
            return;
        }
        progress(now);
    }

    /** The client said ERROR. */
    void refused() {
        if (!ended) {
            // edk2 and BIOS ROMs ask for the size alone and then say "aborted".
            end(withOack && acked == 0 ? TftpOutcome.PROBED : TftpOutcome.ABORTED);
        }
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
                send();
                port.flush();
            }
            return true;
        }
        // A late duplicate while the transfer runs; but one that stalls was left by a client that began again.
        return !retries.isStalled();
    }

    /** Time has passed. */
    void tick(long now) {
        if (ended || !retries.isDue(now)) {
            return;
        }
        if (retries.isExhausted()) {
            end(retries.isProven() && sent == last ? TftpOutcome.UNCONFIRMED : TftpOutcome.TIMED_OUT);
            return;
        }
        retries.repeat(now);
        send();
        port.flush();
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

    /** Blocks that the client has. */
    long blocks() {
        return acked;
    }

    /** Timeouts that repeated something. */
    long repeats() {
        return retries.total();
    }

    private void progress(long now) {
        retries.progress(now);
        send();
        port.flush();
    }

    /** The OACK, or all blocks after the last acknowledged one that the window allows. */
    private void send() {
        if (oackPending) {
            port.oack();
            return;
        }
        sent = acked;
        long until = Math.min(last, acked + (retries.isProven() ? window : 1));
        while (sent < until && !ended) {
            sent++;
            if (port.data(sent)) {
                last = sent;
                until = sent;
            }
        }
    }

    private void end(TftpOutcome outcome) {
        ended = true;
        port.ended(outcome);
    }
}
