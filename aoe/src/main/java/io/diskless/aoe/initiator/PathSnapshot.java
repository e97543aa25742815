package io.diskless.aoe.initiator;

import io.diskless.cluster.net.MacAddress;

/**
 * One path to a target at one moment, and what it did since it was found. Times are nanoseconds. Immutable.
 *
 * @param interfaceName our port
 * @param remote the target's address
 * @param state whether it is used
 * @param window frames that may be unanswered now
 * @param maxWindow the most that target and options allow
 * @param inFlight frames that are unanswered now
 * @param sectorsPerFrame what passes now
 * @param sectorLimit what MTU and target promise
 * @param readRoundTrip smoothed round trip time of reads, 0 before the first answer
 * @param readTimeout how long the next read waits for its answer before it is repeated
 * @param writeRoundTrip the same of writes
 * @param writeTimeout the same of writes
 * @param framesSent data frames, copies included
 * @param answers answers to them
 * @param retransmissions copies after the first
 * @param timeouts frames whose time was over
 * @param overtaken frames taken for lost because later ones were answered
 * @param spurious frames taken for lost whose answer came late
 * @param demotions how often it became suspect
 * @param stepsDown how often frames had to become smaller
 * @param bytesRead data received
 * @param bytesWritten data acknowledged
 */
public record PathSnapshot(
        String interfaceName,
        MacAddress remote,
        PathState state,
        int window,
        int maxWindow,
        int inFlight,
        int sectorsPerFrame,
        int sectorLimit,
        long readRoundTrip,
        long readTimeout,
        long writeRoundTrip,
        long writeTimeout,
        long framesSent,
        long answers,
        long retransmissions,
        long timeouts,
        long overtaken,
        long spurious,
        long demotions,
        long stepsDown,
        long bytesRead,
        long bytesWritten) {}
