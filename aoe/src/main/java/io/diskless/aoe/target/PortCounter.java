package io.diskless.aoe.target;

/** What a port counts besides the verdicts on frames, as indexes; all but three are reasons for silence. */
final class PortCounter {
    static final int ANSWERS = 0;
    static final int TAGGED = 1;
    static final int FOREIGN = 2;
    static final int LOOPED = 3;
    static final int NO_EXPORT = 4;
    static final int LIMITED = 5;
    static final int OVERLOADED = 6;
    static final int NO_SLOT = 7;
    static final int BROADCAST_WRITE = 8;
    static final int ANNOUNCEMENTS = 9;
    static final int LATE_INLINE = 10;
    static final int SIZE = 11;

    private PortCounter() {}
}
