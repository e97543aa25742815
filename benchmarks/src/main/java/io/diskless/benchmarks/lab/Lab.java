package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.report.LabResult;
import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.SitePlan;
import java.io.IOException;
import java.util.Optional;

/**
 * One run of the lab, from an empty folder to an empty folder. Whatever happens, Ctrl-C included, the nodes end and the
 * files go; a run that ends early has a result too, which says why. Thread-safe: no state.
 */
final class Lab {
    private Lab() {}

    /**
     * Runs it.
     *
     * @throws LabException if the site could not be built here; what happens later is part of the result
     */
    static LabResult run(LabOptions options, Progress progress) throws LabException {
        long began = System.nanoTime();
        SitePlan plan = SitePlan.standard(options.mtu());
        if (options.image().isPresent()) {
            // Before anything is built: what cannot be read cannot be written.
            Image.of(options.image().get());
        }
        Workspace workspace = Workspace.make(options.keep());
        Notebook notebook = new Notebook();
        try (workspace;
                Cleanup cleanup = Cleanup.of(workspace)) {
            progress.phase("site");
            try (Watchdog watchdog = Watchdog.after(options.limit());
                    Site site = Site.build(options, plan, workspace, cleanup)) {
                if (!site.remark().isEmpty()) {
                    progress.note("not real Ethernet: " + site.remark());
                }
                Optional<String> failure = tell(options, site, workspace, progress, notebook, cleanup);
                // Tearing down has bounds of its own, and must not be interrupted.
                watchdog.dismiss();
                return notebook.result(
                        options,
                        site.fabric().description(),
                        site.fabric().isReal(),
                        site.remark(),
                        failure,
                        System.nanoTime() - began);
            }
        } catch (InterruptedException e) {
            throw new LabException(
                    "the site was not built within " + options.limit().toSeconds() + " s", e);
        } finally {
            if (workspace.keeps()) {
                progress.note("kept: " + workspace.folder());
            }
        }
    }

    private static Optional<String> tell(
            LabOptions options, Site site, Workspace workspace, Progress progress, Notebook notebook, Cleanup cleanup) {
        try {
            try {
                new Story(options, site, workspace, progress, notebook).tell();
            } finally {
                cleanup.unlessEnding();
            }
            progress.end(true);
            return Optional.empty();
        } catch (InterruptedException e) {
            progress.end(false);
            return Optional.of(
                    "gave up: the run did not end within " + options.limit().toSeconds()
                            + " s. Remedy: a longer --limit, a smaller --size or fewer --seconds");
        } catch (LabException | IOException | IllegalArgumentException e) {
            progress.end(false);
            return Optional.of(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }
}
