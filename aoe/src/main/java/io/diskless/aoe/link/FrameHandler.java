package io.diskless.aoe.link;

/** Takes received frames, one after the other, on the thread that polls. */
@FunctionalInterface
public interface FrameHandler {
    /**
     * One frame. The link checked only that it is of EtherType AoE, whole, and addressed to this port or to all; every
     * byte of it is still untrusted.
     *
     * @param frame valid until this method returns; may be changed in place
     */
    void onFrame(Frame frame);
}
