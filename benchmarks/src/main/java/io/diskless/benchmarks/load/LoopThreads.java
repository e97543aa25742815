package io.diskless.benchmarks.load;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;

/** What the event loops of this process have used, by the beginning of their threads' names. */
final class LoopThreads {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /**
     * So far, or between two moments.
     *
     * @param cpuNanos processor time
     * @param allocated bytes of heap
     */
    record Use(long cpuNanos, long allocated) {
        Use since(Use before) {
            return new Use(cpuNanos - before.cpuNanos, allocated - before.allocated);
        }
    }

    private LoopThreads() {}

    /** Processor time of the calling thread. */
    static long own() {
        return THREADS.getCurrentThreadCpuTime();
    }

    /** Threads that ended are left out: the difference of two is right while none ends. */
    static Use of(String prefix) {
        long cpu = 0;
        long allocated = 0;
        for (ThreadInfo t : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (t != null && t.getThreadName().startsWith(prefix)) {
                cpu += Math.max(0, THREADS.getThreadCpuTime(t.getThreadId()));
                allocated += Math.max(0, THREADS.getThreadAllocatedBytes(t.getThreadId()));
            }
        }
        return new Use(cpu, allocated);
    }
}
