package io.diskless.aoe.initiator;

/**
 * How many frames of a path may be unanswered: at most what the target says it can queue. Grows by one per answer up to
 * the threshold, by one per window above it, and only while the window is really used; a loss halves it, once per window
 * of frames (AIMD; the Linux driver falls to 1 instead, spec §11). Confined to the event loop.
 */
final class CongestionWindow {
    private int max;
    private int window;
    private int threshold;
    private int answers;
    private boolean full;
    private int before;
    /** Losses of frames sent before this time belong to the halving that was done then; -1 for never. */
    private long halvedAt;

    CongestionWindow(int max) {
        this.max = max;
        window = Math.max(1, (max + 1) / 2);
        threshold = max;
        before = window;
        halvedAt = -1;
    }

    void max(int newMax) {
        max = newMax;
        window = Math.min(window, max);
        threshold = Math.max(1, Math.min(Math.max(threshold, max), max));
    }

    int size() {
        return window;
    }

    int max() {
        return max;
    }

    /** A frame was sent and so many are unanswered now. */
    void onSent(int inFlight) {
        full |= inFlight >= window;
    }

    void onAnswer(int inFlightBefore) {
        // A batch of answers drains a window that was full; it counts as used until half of it is drained.
        boolean used = full;
        full &= inFlightBefore * 2 > window;
        if (window >= max || !used) {
            return;
        }
        if (window < threshold) {
            window++;
        } else if (++answers >= window) {
            answers = 0;
            window++;
        }
    }

    /** Returns whether this loss halved the window. */
    boolean onLoss(long sentAt, long now) {
        if (sentAt < halvedAt) {
            return false;
        }
        before = window;
        window = Math.max(Math.min(2, max), window / 2);
        threshold = window;
        answers = 0;
        halvedAt = now;
        return true;
    }

    /** The loss that halved the window was none: the answer was only late. */
    void undo(long sentAt) {
        if (sentAt < halvedAt && before > window) {
            window = Math.min(max, before);
            threshold = Math.max(threshold, window);
        }
    }
}
