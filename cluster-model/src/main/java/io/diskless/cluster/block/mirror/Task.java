package io.diskless.cluster.block.mirror;

import org.jspecify.annotations.Nullable;

/** Something that one queue at a time may hold; {@link #prepare} runs under the mirror's lock, {@link #run} without it. */
abstract class Task {
    @Nullable
    Task next;

    /** The last word under the lock before {@link #run}; picks legs, counts them in. */
    void prepare() {}

    /** Talks to devices and to the user. */
    abstract void run();

    /** First in, first out, without allocation. Confined to the mirror's lock. */
    static final class Queue {
        private @Nullable Task head;
        private @Nullable Task tail;

        boolean isEmpty() {
            return head == null;
        }

        @Nullable
        Task peek() {
            return head;
        }

        void add(Task task) {
            Task last = tail;
            if (last == null) {
                head = task;
            } else {
                last.next = task;
            }
            tail = task;
        }

        @Nullable
        Task poll() {
            Task first = head;
            if (first != null) {
                head = first.next;
                first.next = null;
                if (head == null) {
                    tail = null;
                }
            }
            return first;
        }

        /** Empties this queue into another one, in order. */
        void moveTo(Queue other) {
            for (Task task = poll(); task != null; task = poll()) {
                other.add(task);
            }
        }
    }
}
