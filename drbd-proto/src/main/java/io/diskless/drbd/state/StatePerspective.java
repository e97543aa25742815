package io.diskless.drbd.state;

import io.diskless.drbd.wire.StateWord;

/**
 * Turns what a peer says about itself and us into our own words (wire spec §7.2): mask and value of a request alike.
 *
 * <p>Stateless, thread-safe.
 */
public final class StatePerspective {
    private static final int PEER = 2;
    private static final int CONN = 4;
    private static final int DISK = 9;
    private static final int PDSK = 13;

    /** Index: the sender's connection state; what is not listed becomes 0, a mask of all ones stays. */
    private static final int[] CONNECTION = connections();

    private StatePerspective() {}

    /**
     * Exchanges the two sides.
     *
     * @param word mask or value in the words of the sender
     * @return the same in ours: roles and disks exchanged, the sender's pauses as the peer's, connection state mapped
     */
    public static int turned(int word) {
        int pause = (word & (StateWord.AFTR_ISP | StateWord.USER_ISP)) != 0 ? StateWord.PEER_ISP : 0;
        return (word & StateWord.ROLE_MASK) << PEER
                | (word & StateWord.PEER_MASK) >>> PEER
                | CONNECTION[StateWord.connectionCode(word)] << CONN
                | StateWord.peerDiskCode(word) << DISK
                | StateWord.diskCode(word) << PDSK
                | pause;
    }

    /**
     * The state that a request asks for.
     *
     * @param word the state as it is
     * @param mask which fields are to change, in our words
     * @param value what they become, in our words
     * @return the wanted state
     */
    public static int applied(int word, int mask, int value) {
        return (word & ~mask) | (value & mask);
    }

    private static int[] connections() {
        int[] map = new int[32];
        // WFReportParams, Connected
        map[9] = 9;
        map[10] = 10;
        // StartingSyncS, StartingSyncT
        map[11] = 12;
        map[12] = 11;
        // Disconnecting: TearDown
        map[1] = 7;
        // VerifyS: VerifyT
        map[18] = 19;
        map[31] = 31;
        return map;
    }
}
