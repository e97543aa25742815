package io.diskless.aoe.initiator;

import org.jspecify.annotations.Nullable;

/** A queue of I/Os linked through themselves; an I/O is in at most one. Confined to the event loop. */
final class IoList {
    @Nullable
    Io first;

    @Nullable
    Io last;

    int size;

    void add(Io io) {
        io.list = this;
        io.listPrev = last;
        io.listNext = null;
        if (last == null) {
            first = io;
        } else {
            last.listNext = io;
        }
        last = io;
        size++;
    }

    void addFirst(Io io) {
        io.list = this;
        io.listNext = first;
        io.listPrev = null;
        if (first == null) {
            last = io;
        } else {
            first.listPrev = io;
        }
        first = io;
        size++;
    }

    /** Takes an I/O out of whatever list it is in. */
    static void remove(Io io) {
        IoList list = io.list;
        if (list == null) {
            return;
        }
        if (io.listPrev == null) {
            list.first = io.listNext;
        } else {
            io.listPrev.listNext = io.listNext;
        }
        if (io.listNext == null) {
            list.last = io.listPrev;
        } else {
            io.listNext.listPrev = io.listPrev;
        }
        io.listPrev = null;
        io.listNext = null;
        io.list = null;
        list.size--;
    }
}
