package io.diskless.aoe.initiator;

import io.diskless.aoe.wire.Verdict;
import java.util.Map;

/**
 * What an initiator received and dropped since it was opened. Immutable.
 *
 * @param framesReceived frames that the links handed over
 * @param verdicts how the validator judged them
 * @param unknownTag responses whose tag is not on its way: forged, or later than the quarantine
 * @param wrongSource responses with a good tag from another station, port, target or command than was asked
 * @param wrongLength responses with less data than was asked for, or otherwise not what the question allows
 * @param foreign responses meant for another initiator on this host, or tagged for a VLAN
 * @param late answers to copies that had been taken for lost
 * @param tableFull announcements not remembered because too many targets or paths are known
 * @param targets targets known
 * @param tagsOnTheWay tags that may still be answered
 * @param transmitStalls how often no slot was free for a frame
 */
public record InitiatorSnapshot(
        long framesReceived,
        Map<Verdict, Long> verdicts,
        long unknownTag,
        long wrongSource,
        long wrongLength,
        long foreign,
        long late,
        long tableFull,
        int targets,
        int tagsOnTheWay,
        long transmitStalls) {
    /** Takes an unmodifiable copy of the verdicts. */
    public InitiatorSnapshot {
        verdicts = Map.copyOf(verdicts);
    }
}
