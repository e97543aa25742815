package io.diskless.drbd.state;

/**
 * Who copies from whom, seen from one side, with the number that the kernel logs for it (semantics spec §4.3).
 *
 * <p>Immutable.
 */
public enum SyncVerdict {
    /** Both hold the same data. */
    NONE(0, "no resync"),
    /** This side sends what its bitmap marks. */
    SOURCE(1, "resync from this node, by bitmap"),
    /** This side sends everything. */
    SOURCE_FULL(2, "full resync from this node"),
    /** This side receives what the bitmaps mark. */
    TARGET(-1, "resync from the peer, by bitmap"),
    /** This side receives everything. */
    TARGET_FULL(-2, "full resync from the peer"),
    /** Both have written alone since a generation that both bitmaps count from: a policy may resolve it. */
    SPLIT_BRAIN_RECENT(100, "split brain since a common generation"),
    /** Both have written alone, and the common generation is long ago. */
    SPLIT_BRAIN(-100, "split brain"),
    /** They never had anything in common. */
    UNRELATED(-1000, "unrelated data"),
    /** The situation can only be told apart with protocol 91 or newer. */
    NEEDS_PROTOCOL_91(-1091, "cannot be decided below protocol 91"),
    /** The situation can only be told apart if both sides have FF_WSAME. */
    NEEDS_WSAME(-1101, "cannot be decided without the feature WSAME");

    private final int number;
    private final String words;

    SyncVerdict(int number, String words) {
        this.number = number;
        this.words = words;
    }

    /**
     * The number that the kernel logs as {@code uuid_compare()=}. Those of the last two are ours.
     *
     * @return negative for a target and for what nobody resolves, positive for a source
     */
    public int number() {
        return number;
    }

    /**
     * The verdict in words.
     *
     * @return for a log or an administrator
     */
    public String words() {
        return words;
    }

    /**
     * Whether this side is to send.
     *
     * @return true for {@link #SOURCE} and {@link #SOURCE_FULL}
     */
    public boolean isSource() {
        return this == SOURCE || this == SOURCE_FULL;
    }

    /**
     * Whether this side is to receive.
     *
     * @return true for {@link #TARGET} and {@link #TARGET_FULL}
     */
    public boolean isTarget() {
        return this == TARGET || this == TARGET_FULL;
    }

    /**
     * Whether everything is copied.
     *
     * @return true for {@link #SOURCE_FULL} and {@link #TARGET_FULL}
     */
    public boolean isFull() {
        return this == SOURCE_FULL || this == TARGET_FULL;
    }

    /**
     * Whether both have written alone.
     *
     * @return true for {@link #SPLIT_BRAIN} and {@link #SPLIT_BRAIN_RECENT}
     */
    public boolean isSplitBrain() {
        return this == SPLIT_BRAIN || this == SPLIT_BRAIN_RECENT;
    }

    /**
     * What the other side should find.
     *
     * @return source for target and the other way round; itself for the rest
     */
    public SyncVerdict mirrored() {
        return switch (this) {
            case SOURCE -> TARGET;
            case SOURCE_FULL -> TARGET_FULL;
            case TARGET -> SOURCE;
            case TARGET_FULL -> SOURCE_FULL;
            default -> this;
        };
    }

    /** The same direction with everything copied. */
    SyncVerdict full() {
        return switch (this) {
            case SOURCE -> SOURCE_FULL;
            case TARGET -> TARGET_FULL;
            default -> this;
        };
    }
}
