package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/** What a test may do on this machine. Thread-safe. */
public final class Privileges {
    private Privileges() {}

    /**
     * Skips the calling test unless it runs as root; in CI, where root is promised, fails it instead.
     *
     * @param why what root is needed for, for the message
     * @throws TestAbortedException without root, outside CI
     * @throws IllegalStateException without root, with {@code CI=true}
     */
    public static void root(String why) {
        require(isRoot(), "needs root " + why, "true".equals(System.getenv("CI")));
    }

    static void require(boolean held, String need, boolean ci) {
        if (held) {
            return;
        }
        if (ci) {
            throw new IllegalStateException("CI=true, and this test " + need);
        }
        throw new TestAbortedException(need);
    }

    private static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException e) {
            return false; // No Linux: nobody is root in the sense of these tests.
        }
    }
}
