package io.diskless.drbd.meta;

import java.util.Objects;

/** How meta-data is made and used; made by {@link #builder}. Immutable. */
public final class MetaOptions {
    /** Slots of the activity log that the 8.4 kernel takes by default (drbd-semantics §6.2). */
    public static final int DEFAULT_AL_EXTENTS = 1237;

    /** The least number of slots. */
    public static final int MIN_AL_EXTENTS = 67;

    private final MetaPlacement placement;
    private final int alExtents;
    private final boolean alUpdates;
    private final int alStripes;
    private final int alStripe4k;
    private final boolean overwrite;

    private MetaOptions(Builder b) {
        placement = b.placement;
        alExtents = b.alExtents;
        alUpdates = b.alUpdates;
        alStripes = b.alStripes;
        alStripe4k = b.alStripe4k;
        overwrite = b.overwrite;
    }

    /**
     * Starts from the defaults: internal, 1237 extents, a log of 32 KiB.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The defaults at another place.
     *
     * @param placement where
     * @return options
     */
    public static MetaOptions at(MetaPlacement placement) {
        return builder().placement(placement).build();
    }

    /**
     * Starts from these options.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        return builder()
                .placement(placement)
                .alExtents(alExtents)
                .alUpdates(alUpdates)
                .alStripes(alStripes, alStripe4k)
                .overwrite(overwrite);
    }

    /**
     * Where the meta-data is.
     *
     * @return the place
     */
    public MetaPlacement placement() {
        return placement;
    }

    /**
     * Slots of the activity log.
     *
     * @return 67 to 65534; the log's size may allow fewer
     */
    public int alExtents() {
        return alExtents;
    }

    /**
     * Whether the activity log is kept.
     *
     * @return false if everything shall be dirty after a crash instead
     */
    public boolean alUpdates() {
        return alUpdates;
    }

    /**
     * For new meta-data: stripes of the log.
     *
     * @return 1 or more
     */
    public int alStripes() {
        return alStripes;
    }

    /**
     * For new meta-data: blocks of 4 KiB in each stripe.
     *
     * @return 1 or more
     */
    public int alStripe4k() {
        return alStripe4k;
    }

    /**
     * For new meta-data: whether it may replace meta-data that is there.
     *
     * @return true if so
     */
    public boolean overwrite() {
        return overwrite;
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {
        private MetaPlacement placement = MetaPlacement.INTERNAL;
        private int alExtents = DEFAULT_AL_EXTENTS;
        private boolean alUpdates = true;
        private int alStripes = MetaLayout.DEFAULT_STRIPES;
        private int alStripe4k = MetaLayout.DEFAULT_STRIPE_4K;
        private boolean overwrite;

        private Builder() {}

        /**
         * Sets the place.
         *
         * @param where default: internal
         * @return this
         */
        public Builder placement(MetaPlacement where) {
            placement = Objects.requireNonNull(where, "placement");
            return this;
        }

        /**
         * Sets the slots of the activity log.
         *
         * @param slots 67 to 65534, default 1237
         * @return this
         */
        public Builder alExtents(int slots) {
            alExtents = slots;
            return this;
        }

        /**
         * Sets whether the activity log is kept.
         *
         * @param keep default true
         * @return this
         */
        public Builder alUpdates(boolean keep) {
            alUpdates = keep;
            return this;
        }

        /**
         * Sets the size of the log for new meta-data.
         *
         * @param stripes default 1
         * @param blocks of 4 KiB in each, default 8
         * @return this
         */
        public Builder alStripes(int stripes, int blocks) {
            alStripes = stripes;
            alStripe4k = blocks;
            return this;
        }

        /**
         * Sets whether new meta-data may replace what is there.
         *
         * @param may default false
         * @return this
         */
        public Builder overwrite(boolean may) {
            overwrite = may;
            return this;
        }

        /**
         * Checks and makes the options.
         *
         * @return immutable
         * @throws IllegalArgumentException if al-extents is out of range
         */
        public MetaOptions build() {
            if (alExtents < MIN_AL_EXTENTS || alExtents > 65534) {
                throw new IllegalArgumentException(
                        "al-extents must be " + MIN_AL_EXTENTS + " to 65534, got " + alExtents);
            }
            return new MetaOptions(this);
        }
    }
}
