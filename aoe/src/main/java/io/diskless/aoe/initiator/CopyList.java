package io.diskless.aoe.initiator;

import org.jspecify.annotations.Nullable;

/** A queue of copies linked through themselves; a copy is in at most one. Confined to the event loop. */
final class CopyList {
    @Nullable
    Copy first;

    @Nullable
    Copy last;

    int size;

    void add(Copy copy) {
        copy.list = this;
        copy.prev = last;
        copy.next = null;
        if (last == null) {
            first = copy;
        } else {
            last.next = copy;
        }
        last = copy;
        size++;
    }

    static void remove(Copy copy) {
        CopyList list = copy.list;
        if (list == null) {
            return;
        }
        if (copy.prev == null) {
            list.first = copy.next;
        } else {
            copy.prev.next = copy.next;
        }
        if (copy.next == null) {
            list.last = copy.prev;
        } else {
            copy.next.prev = copy.prev;
        }
        copy.prev = null;
        copy.next = null;
        copy.list = null;
        list.size--;
    }
}
