package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.cloud.CloudResult;
import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Namespaces;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** The door to the story of the cloud in its real form. Stateless. */
public final class LiveLab {
    private LiveLab() {}

    /**
     * Looks for what it needs.
     *
     * @return why it cannot be told here, with the remedy; nothing if it can
     * @throws InterruptedException if the wait was interrupted
     */
    public static Optional<String> whyNot() throws InterruptedException {
        Optional<String> system = GuestSystem.whyNot();
        if (system.isPresent()) {
            return system;
        }
        Namespaces.Probe probe = Namespaces.probe();
        return probe.namespaces().isPresent() ? Optional.empty() : Optional.of(probe.reason());
    }

    /**
     * Tells it.
     *
     * @param folder an empty one, for disks and all else
     * @param seed of everything random
     * @param all whether all of it, or what a test has time for
     * @param progress hears of the chapters
     * @param opened hears of what must end whatever happens
     * @return what was found
     * @throws LabException if a chapter could not be told to its end
     * @throws InterruptedException if it was interrupted
     */
    public static CloudResult tell(
            Path folder, long seed, boolean all, Progress progress, Consumer<? super AutoCloseable> opened)
            throws LabException, InterruptedException {
        Namespaces.Probe probe = Namespaces.probe();
        Namespaces namespaces = probe.namespaces().orElseThrow(() -> new LabException(probe.reason()));
        return LiveStory.tell(namespaces, folder, seed, all, progress, opened);
    }
}
