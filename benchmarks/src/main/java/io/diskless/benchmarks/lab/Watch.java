package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.Units;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.benchmarks.lab.site.NodePlan;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Predicate;

/** Waits for what nodes have under way, and shows it. Not thread-safe. */
final class Watch {
    /** How often the display gets new numbers; what is waited for ends the wait at once. */
    private static final long GLANCE_MILLIS = 150;

    private static final double MEGA = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    /** A mirror that does not let a dead leg go, or does not take one back, within this is broken. */
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Site site;
    private final Progress progress;
    private long seen;

    Watch(Site site, Progress progress) {
        this.site = site;
        this.progress = progress;
    }

    private Message stat(NodePlan node, long millis) throws LabException, InterruptedException {
        Message status = site.ask(node, Message.of("stat").with("seen", seen).with("millis", millis));
        seen = status.number("seen");
        return status;
    }

    /** How the writer is doing just now. */
    Message status() throws LabException, InterruptedException {
        return stat(site.plan().writer(), 0);
    }

    /** Starts work on a node and waits for its end. */
    Message work(NodePlan node, Message request) throws LabException, InterruptedException {
        // Each node counts its own events.
        seen = 0;
        site.ask(node, request);
        while (true) {
            Message status = stat(node, GLANCE_MILLIS);
            double done = (double) status.number("done");
            double seconds = status.number("nanos") / NANOS_PER_SECOND;
            progress.update(
                    status.number("total") > 0 ? done / status.number("total") : Progress.UNKNOWN,
                    String.format(
                            Locale.ROOT, "%.0f MB/s  %s", seconds > 0 ? done / MEGA / seconds : 0, Units.size(done)));
            switch (status.text("state")) {
                case "done" -> {
                    return status;
                }
                case "failed" ->
                    throw new LabException(node.name() + ": " + request.verb() + " failed: " + status.text("text"));
                default -> {
                    // Still under way.
                }
            }
        }
    }

    /** Lets the load of the writer run for a while. */
    void load(Duration time) throws LabException, InterruptedException {
        long began = System.nanoTime();
        Rate rate = new Rate();
        while (true) {
            long elapsed = System.nanoTime() - began;
            if (elapsed >= time.toNanos()) {
                return;
            }
            long left = Math.max(1, (time.toNanos() - elapsed) / 1_000_000);
            Message status = stat(site.plan().writer(), Math.min(GLANCE_MILLIS, left));
            progress.update((double) (System.nanoTime() - began) / time.toNanos(), rate.of(status));
            healthy(status);
        }
    }

    /** Waits until the status of the writer under load is as wanted. */
    Message until(String what, Predicate<Message> wanted) throws LabException, InterruptedException {
        long began = System.nanoTime();
        Rate rate = new Rate();
        while (true) {
            Message status = stat(site.plan().writer(), GLANCE_MILLIS);
            if (wanted.test(status)) {
                return status;
            }
            healthy(status);
            progress.update(Progress.UNKNOWN, rate.of(status) + "  " + what);
            if (System.nanoTime() - began > PATIENCE.toNanos()) {
                throw new LabException(
                        "waited " + PATIENCE.toSeconds() + " s in vain: " + what + ", legs are " + status.text("legs"));
            }
        }
    }

    /** Waits until all legs hold everything; resync may go on as long as it makes progress. */
    Message resync() throws LabException, InterruptedException {
        long lastDone = -1;
        long moved = System.nanoTime();
        Rate rate = new Rate();
        while (true) {
            Message status = stat(site.plan().writer(), GLANCE_MILLIS);
            if (status.text("insync").equals("true")) {
                return status;
            }
            healthy(status);
            long done = status.number("resync.done");
            long total = status.number("resync.total");
            progress.update(total > 0 ? (double) done / total : Progress.UNKNOWN, "load " + rate.of(status));
            if (done != lastDone) {
                lastDone = done;
                moved = System.nanoTime();
            } else if (System.nanoTime() - moved > PATIENCE.toNanos()) {
                throw new LabException("the resync stands still at " + done + " of " + total + " bytes, legs are "
                        + status.text("legs"));
            }
        }
    }

    /** A load with failed requests has nothing more to tell. */
    private static void healthy(Message status) throws LabException {
        if (status.number("failures") > 0 || status.number("mismatches") > 0) {
            throw new LabException("the application got " + status.text("failures") + " failed requests and "
                    + status.text("mismatches") + " wrong blocks: " + status.text("trouble"));
        }
    }

    /** Requests a second, over the time between two glances. */
    private static final class Rate {
        private long operations = -1;
        private long at;
        private String shown = "";

        String of(Message status) {
            long now = System.nanoTime();
            long total = status.number("operations");
            if (operations >= 0 && now > at) {
                double iops = (total - operations) / ((now - at) / NANOS_PER_SECOND);
                shown = String.format(Locale.ROOT, "%.0f IOPS  %.1f MB/s", iops, iops * 4096 / MEGA);
            }
            operations = total;
            at = now;
            return shown;
        }
    }
}
