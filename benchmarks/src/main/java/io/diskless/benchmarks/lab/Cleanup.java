package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.site.Fabric;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * What must happen when the user ends the lab by Ctrl-C: nodes end, files go. Armed from the making of the folder to its
 * removal. Thread-safe.
 */
final class Cleanup implements AutoCloseable {
    private final Thread hook;
    private final CountDownLatch never = new CountDownLatch(1);
    private final Workspace workspace;
    private @Nullable Fabric fabric;
    private @Nullable AutoCloseable first;
    private volatile boolean ending;

    private Cleanup(Workspace workspace) {
        this.workspace = workspace;
        this.hook = new Thread(this::run, "lab-cleanup");
    }

    static Cleanup of(Workspace workspace) {
        Cleanup cleanup = new Cleanup(workspace);
        Runtime.getRuntime().addShutdownHook(cleanup.hook);
        return cleanup;
    }

    /** The site that is to end first; replaces the one before, which has ended. */
    synchronized void site(Fabric built) {
        fabric = built;
    }

    /** Something else that is to end first. */
    synchronized void first(AutoCloseable opened) {
        first = opened;
    }

    private void run() {
        ending = true;
        cleanUp();
    }

    private synchronized void cleanUp() {
        if (fabric != null) {
            fabric.close();
        }
        if (first != null) {
            try {
                first.close();
            } catch (Exception e) {
                System.err.println("diskless-lab: not ended cleanly: " + e);
            }
        }
        workspace.close();
    }

    /** If the JVM is ending, stays here until it has ended: nodes that go then are no finding to report. */
    void unlessEnding() throws InterruptedException {
        if (ending) {
            never.await();
        }
    }

    /** All is done in order; the hook is not needed any more. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending and the hook is at work.
        }
    }
}
