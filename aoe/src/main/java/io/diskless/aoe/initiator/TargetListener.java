package io.diskless.aoe.initiator;

/** Hears what discovery finds, on the event loop, with no lock held; it must not block. */
public interface TargetListener {
    /**
     * A target answered for the first time, or again after it had vanished.
     *
     * @param target what is known
     */
    default void appeared(TargetInfo target) {}

    /**
     * Size, limits, config string, identity or routes changed.
     *
     * @param before what was known
     * @param after what is known now
     */
    default void changed(TargetInfo before, TargetInfo after) {}

    /**
     * A target did not answer three rounds of discovery.
     *
     * @param last what was known
     */
    default void vanished(TargetInfo last) {}

    /**
     * The state of a path changed: it is in use, silent, or its local port went down or came back.
     *
     * @param target what is known of the target
     * @param path the path with its new state
     */
    default void pathChanged(TargetInfo target, PathSnapshot path) {}

    /**
     * Another disk answers for the address of one that is in use: two machines serve it, by mistake or on purpose. The other
     * one is not used. Told once per machine, until it answers as the disk in use does.
     *
     * @param used the disk in use
     * @param other what the other machine shows; its only route leads there
     */
    default void conflict(TargetInfo used, TargetInfo other) {}
}
