package io.diskless.aoe.initiator;

import org.jspecify.annotations.Nullable;

/** Used objects of the event loop, to be used again. Confined to the event loop. */
final class Pool {
    private @Nullable Io ios;
    private @Nullable Copy copies;

    Io io() {
        Io io = ios;
        if (io == null) {
            return new Io();
        }
        ios = io.poolNext;
        io.poolNext = null;
        return io;
    }

    void release(Io io) {
        io.request = null;
        io.requestPrev = null;
        io.requestNext = null;
        io.slow = false;
        io.backoff = 0;
        io.transmissions = 0;
        io.outstanding = 0;
        io.lastPath = null;
        io.copies = null;
        io.poolNext = ios;
        ios = io;
    }

    Copy copy() {
        Copy copy = copies;
        if (copy == null) {
            return new Copy();
        }
        copies = copy.poolNext;
        copy.poolNext = null;
        return copy;
    }

    void release(Copy copy) {
        copy.io = null;
        copy.control = null;
        copy.path = null;
        copy.ioNext = null;
        copy.overtaken = 0;
        copy.lost = false;
        copy.lostByOvertaking = false;
        copy.poolNext = copies;
        copies = copy;
    }
}
