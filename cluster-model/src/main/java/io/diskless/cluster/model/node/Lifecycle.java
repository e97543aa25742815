package io.diskless.cluster.model.node;

import java.time.Instant;
import java.util.Objects;

/** Where a node is in its life; only the changes of {@link #canBecome} exist. Implementations are immutable. */
public sealed interface Lifecycle {
    /** A boot request was seen, and nobody said what the machine is. */
    record Announced() implements Lifecycle {}

    /** It was said what the machine is. */
    record Tagged() implements Lifecycle {}

    /** It took boot files, and is not healthy yet. */
    record Booting() implements Lifecycle {}

    /** It works. */
    record Ready() implements Lifecycle {}

    /**
     * It works, and its work is being moved away.
     *
     * @param reason why
     */
    record Draining(String reason) implements Lifecycle {
        /** Insists on a reason. */
        public Draining {
            Objects.requireNonNull(reason, "reason");
        }
    }

    /** It has no work, and may be switched off. */
    record Maintenance() implements Lifecycle {}

    /**
     * It does not answer; it may still write.
     *
     * @param since when it was last heard of
     * @param evidence how that is known
     */
    record Lost(Instant since, String evidence) implements Lifecycle {
        /** Insists on both. */
        public Lost {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(evidence, "evidence");
        }
    }

    /**
     * It was cut off, and does not write.
     *
     * @param token the fencing token under which it was done
     * @param by which device or person did it
     * @param evidence how it is known that it worked
     */
    record Fenced(long token, String by, String evidence) implements Lifecycle {
        /** Insists on all. */
        public Fenced {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(evidence, "evidence");
        }
    }

    /** It is gone for good. */
    record Retired() implements Lifecycle {}

    /** {@return the usual state of a machine that is wanted} */
    static Lifecycle ready() {
        return new Ready();
    }

    /** {@return whether its disks, exports and guests work: ready or draining} */
    default boolean isServing() {
        return this instanceof Ready || this instanceof Draining;
    }

    /** {@return whether it may have been told what it is: neither announced nor retired} */
    default boolean isMember() {
        return !(this instanceof Announced) && !(this instanceof Retired);
    }

    /**
     * Whether the next state may follow this one. Lost is a guess, so everything that lives can become lost and come back;
     * a fenced node boots before it works again; nothing follows retired.
     *
     * @param next the other state
     * @return whether such a change exists
     */
    default boolean canBecome(Lifecycle next) {
        if (this instanceof Announced) {
            return next instanceof Tagged || next instanceof Retired;
        }
        if (this instanceof Tagged) {
            return next instanceof Booting || next instanceof Retired;
        }
        if (this instanceof Booting) {
            return next instanceof Ready || next instanceof Tagged || next instanceof Lost;
        }
        if (this instanceof Ready) {
            return next instanceof Draining || next instanceof Lost || next instanceof Fenced;
        }
        if (this instanceof Draining) {
            return next instanceof Maintenance
                    || next instanceof Ready
                    || next instanceof Lost
                    || next instanceof Fenced;
        }
        if (this instanceof Maintenance) {
            return next instanceof Booting || next instanceof Ready || next instanceof Retired || next instanceof Lost;
        }
        if (this instanceof Lost) {
            return next instanceof Fenced || next instanceof Ready || next instanceof Booting;
        }
        if (this instanceof Fenced) {
            return next instanceof Booting || next instanceof Maintenance || next instanceof Retired;
        }
        return false;
    }
}
