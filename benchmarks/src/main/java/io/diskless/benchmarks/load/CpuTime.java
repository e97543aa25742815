package io.diskless.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** CPU time of another process on Linux, to the nanosecond where the kernel keeps scheduler statistics. Thread-safe. */
public final class CpuTime {
    /** USER_HZ, which is 100 on every Linux that Java runs on. */
    private static final long NANOS_PER_TICK = 10_000_000L;

    private CpuTime() {}

    /**
     * Nanoseconds that all threads of a process have run so far, threads that ended left out.
     *
     * @param pid the process
     * @return nanoseconds
     * @throws IOException if there is no such process
     */
    public static long of(long pid) throws IOException {
        Path tasks = Path.of("/proc", Long.toString(pid), "task");
        long sum = 0;
        try (Stream<Path> threads = Files.list(tasks)) {
            for (Path thread : threads.toList()) {
                sum += ofThread(thread);
            }
        }
        return sum;
    }

    private static long ofThread(Path thread) throws IOException {
        try {
            Path schedstat = thread.resolve("schedstat");
            if (Files.exists(schedstat)) {
                return Long.parseLong(Files.readString(schedstat).split(" ", -1)[0]);
            }
            String stat = Files.readString(thread.resolve("stat"));
            // The name, in parentheses, may hold blanks: count fields behind it. utime and stime are 14 and 15.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_PER_TICK;
        } catch (NoSuchFileException e) {
            // The thread ended between the listing and the reading; it ran no more since.
            return 0;
        }
    }
}
