package io.diskless.aoe.initiator;

import java.time.Duration;

/** How a disk of an initiator behaves towards its user. Immutable; made by {@link #builder()}. */
public final class DiskOptions {
    /** A hundred years: what a clock of nanoseconds still counts, and as good as for ever. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final Duration deadline;
    private final Duration openTimeout;
    private final boolean readOnly;
    private final boolean assumeDurable;
    private final int maxSectors;

    private DiskOptions(Builder b) {
        deadline = b.deadline;
        openTimeout = b.openTimeout;
        readOnly = b.readOnly;
        assumeDurable = b.assumeDurable;
        maxSectors = b.maxSectors;
    }

    /** Whether a clock of nanoseconds can count it, and it is no less than a millisecond. */
    static boolean isCounted(Duration value) {
        return value.compareTo(Duration.ofMillis(1)) >= 0 && value.compareTo(LONGEST) <= 0;
    }

    /** {@return a writable disk with a deadline of 30 s per request} */
    public static DiskOptions defaults() {
        return builder().build();
    }

    /** {@return a builder that starts with the defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return a builder that starts with these options} */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.deadline = deadline;
        b.openTimeout = openTimeout;
        b.readOnly = readOnly;
        b.assumeDurable = assumeDurable;
        b.maxSectors = maxSectors;
        return b;
    }

    /** {@return how long a request may take before it fails with TIMEOUT} */
    public Duration deadline() {
        return deadline;
    }

    /** {@return how long opening waits for the target} */
    public Duration openTimeout() {
        return openTimeout;
    }

    /** {@return whether writes are refused on our side} */
    public boolean readOnly() {
        return readOnly;
    }

    /** {@return whether flush succeeds although the target knows no flush command} */
    public boolean assumeDurable() {
        return assumeDurable;
    }

    /** {@return most sectors per frame, 0 for what passes} */
    public int maxSectors() {
        return maxSectors;
    }

    @Override
    public String toString() {
        return "DiskOptions[deadline=" + deadline + ", openTimeout=" + openTimeout + ", readOnly=" + readOnly
                + ", assumeDurable=" + assumeDurable + ", maxSectors=" + maxSectors + "]";
    }

    /** Collects options and checks them all at once. Not thread-safe. */
    public static final class Builder {
        private Duration deadline = Duration.ofSeconds(30);
        private Duration openTimeout = Duration.ofSeconds(10);
        private boolean readOnly;
        private boolean assumeDurable;
        private int maxSectors;

        private Builder() {}

        /**
         * How long a request may take, from its submission, before it fails with TIMEOUT. Default 30 s.
         *
         * @param value 1 ms to 36500 days
         * @return this
         */
        public Builder deadline(Duration value) {
            deadline = value;
            return this;
        }

        /**
         * How long opening waits for the target. Default 10 s.
         *
         * @param value 1 ms to 36500 days
         * @return this
         */
        public Builder openTimeout(Duration value) {
            openTimeout = value;
            return this;
        }

        /**
         * Refuses writes on our side, for example for an export that is known to be read-only.
         *
         * @param value whether
         * @return this
         */
        public Builder readOnly(boolean value) {
            readOnly = value;
            return this;
        }

        /**
         * Lets flush succeed although the target aborts every flush command, because it is known to write through.
         * Default: flush fails with NOT_SUPPORTED then.
         *
         * @param value whether
         * @return this
         */
        public Builder assumeDurable(boolean value) {
            assumeDurable = value;
            return this;
        }

        /**
         * Most sectors per frame, below what MTU and target allow.
         *
         * @param value 1 to 255, or 0 for what passes
         * @return this
         */
        public Builder maxSectors(int value) {
            maxSectors = value;
            return this;
        }

        /**
         * Checks and makes the options.
         *
         * @return the options
         * @throws IllegalArgumentException naming everything that is wrong
         */
        public DiskOptions build() {
            StringBuilder wrong = new StringBuilder();
            check(wrong, "deadline", deadline);
            check(wrong, "openTimeout", openTimeout);
            if (maxSectors < 0 || maxSectors > 255) {
                wrong.append("maxSectors is 0 to 255, got ").append(maxSectors).append("; ");
            }
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(wrong.substring(0, wrong.length() - 2));
            }
            return new DiskOptions(this);
        }

        private static void check(StringBuilder wrong, String what, Duration value) {
            if (!isCounted(value)) {
                wrong.append(what)
                        .append(" is 1 ms to 36500 days, got ")
                        .append(value)
                        .append("; ");
            }
        }
    }
}
