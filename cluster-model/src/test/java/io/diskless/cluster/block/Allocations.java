package io.diskless.cluster.block;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What this thread allocates while it repeats something; for tests of paths that must allocate nothing. */
public final class Allocations {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocations() {}

    /**
     * The allocation of one repetition. Warm-up runs first; then the least of some rounds counts, because a compilation
     * or a class loaded by the way also allocates.
     */
    public static double bytesPerCall(int calls, Runnable call) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 8; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < calls; i++) {
                call.run();
            }
            long spent = THREADS.getCurrentThreadAllocatedBytes() - before;
            least = Math.min(least, spent);
        }
        // The bean's own call allocates a little on some JVMs; less than a byte per repetition is nothing.
        return least < calls ? 0 : (double) least / calls;
    }
}
