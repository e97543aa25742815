package io.diskless.cluster.simulate;

import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** What happens to a site. Implementations are immutable. */
public sealed interface Scenario {
    /**
     * Power was away everywhere and comes back: every machine starts at once, asks the ConfigNode, fetches its kernel, reads
     * its root over AoE, and then the guests that ran before start.
     */
    record BootStorm() implements Scenario {
        @Override
        public String toString() {
            return "boot-storm";
        }
    }

    /**
     * Every machine of a rack is dead at once and stays so. Who is left notices, fails over the ConfigNode if it was there,
     * cuts off what is lost, and starts its guests elsewhere.
     *
     * @param rack its name in the machines' failure domains
     */
    record RackLoss(String rack) implements Scenario {
        /** Insists on a rack. */
        public RackLoss {
            Objects.requireNonNull(rack, "rack");
        }

        @Override
        public String toString() {
            return "rack-loss " + rack;
        }
    }

    /**
     * One StorageNode after the other is drained, stays off for a while, boots, and is filled with what it missed before the
     * next one goes.
     *
     * @param off how long each stays off
     */
    record RollingDrain(Duration off) implements Scenario {
        /**
         * Checks the time.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public RollingDrain {
            if (off.isNegative()) {
                throw new IllegalArgumentException("a machine is not off for less than no time, got " + off);
            }
        }

        @Override
        public String toString() {
            return "rolling-drain " + off.toSeconds() + "s";
        }
    }

    /**
     * A segment falls apart: some machines hear each other there, and the others hear each other, and heals after a while.
     *
     * @param segment which
     * @param part the machines of one part; all others are the other part
     * @param length how long it stays so
     */
    record SplitSegment(SegmentId segment, List<NodeId> part, Duration length) implements Scenario {
        /**
         * Copies the list.
         *
         * @throws IllegalArgumentException if the time is negative
         */
        public SplitSegment {
            Objects.requireNonNull(segment, "segment");
            part = List.copyOf(part);
            if (length.isNegative()) {
                throw new IllegalArgumentException("a segment is not split for less than no time, got " + length);
            }
        }

        @Override
        public String toString() {
            return "split-segment " + segment.name() + " "
                    + String.join(",", part.stream().map(NodeId::name).toList()) + " " + length.toSeconds() + "s";
        }
    }
}
