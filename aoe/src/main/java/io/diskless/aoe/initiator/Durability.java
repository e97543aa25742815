package io.diskless.aoe.initiator;

/** What a completed flush of an AoE disk rests on. */
public enum Durability {
    /** The target takes FLUSH CACHE EXT. */
    FLUSH_EXT,
    /** The target takes only FLUSH CACHE; some targets answer it without writing anything out (spec §4.3). */
    FLUSH,
    /** The target aborts every flush command, and the options say that it writes through. */
    ASSUMED,
    /** The target aborts every flush command: flush and FUA fail with NOT_SUPPORTED. */
    NONE
}
