package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.site.SitePlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the lab is to do. Immutable.
 *
 * @param link where the frames travel
 * @param mtu of every port
 * @param seed of everything random
 * @param image what to write instead of an image made for the run
 * @param imageBytes size of the image that is made; empty for one that fits the speed of the machine
 * @param loadBytes size of the area under load
 * @param stage how long each stretch of load lasts
 * @param depth requests under way
 * @param readPercent share of reads
 * @param deadline how long the writer's disks wait for an answer before a leg counts as lost
 * @param victim the storage node that is killed
 * @param scrub whether the mirror compares its legs at the end
 * @param fault what to break on purpose, to see that the lab notices
 * @param limit after which the run is given up
 * @param keep whether the files of the run stay
 */
record LabOptions(
        Link link,
        int mtu,
        long seed,
        Optional<Path> image,
        Optional<Long> imageBytes,
        long loadBytes,
        Duration stage,
        int depth,
        int readPercent,
        Duration deadline,
        String victim,
        boolean scrub,
        Fault fault,
        Duration limit,
        boolean keep) {
    /** Where the frames travel. */
    enum Link {
        /** Real Ethernet where the user may, else memory. */
        AUTO,
        /** Network namespaces joined by veth pairs, or nothing. */
        VETH,
        /** One process and the in-memory segment. */
        MEMORY
    }

    /** What to break on purpose. */
    enum Fault {
        /** Nothing: the README's run. */
        NONE,
        /** One bit of a leg's file flips behind the mirror's back, after the scrub. */
        BITROT,
        /** An acknowledged write is undone on a leg behind the mirror's back, after the scrub. */
        LOST_WRITE,
        /** The second storage node is killed while the first is dead. */
        BOTH_DEAD
    }

    LabOptions {
        SitePlan.standard(mtu).storageNode(victim);
        check(loadBytes >= 1 << 20 && loadBytes % (1 << 20) == 0, "the load size is whole mebibytes, got " + loadBytes);
        imageBytes.ifPresent(size ->
                check(size >= 8 << 20 && size % (1 << 20) == 0, "the image size is 8 MiB or more, got " + size));
        check(!stage.isNegative() && !stage.isZero(), "a stage lasts longer than " + stage.toMillis() + " ms");
        check(deadline.toMillis() >= 100, "the deadline is 100 ms or more, got " + deadline.toMillis());
        check(depth >= 1 && depth <= 256, "the depth is 1 to 256, got " + depth);
        check(readPercent >= 0 && readPercent <= 90, "the share of reads is 0 to 90, got " + readPercent);
    }

    private static void check(boolean good, String message) {
        if (!good) {
            throw new IllegalArgumentException(message);
        }
    }
}
