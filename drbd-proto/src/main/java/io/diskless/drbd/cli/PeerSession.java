package io.diskless.drbd.cli;

import io.diskless.cluster.block.BlockDevice.Subscription;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.VerifyReport;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;

/** What a running peer does at command. Thread-safe. */
final class PeerSession implements ControlServer.Handler {
    /** Events that a reader may be behind. */
    private static final int MOST_EVENTS = 4096;

    private final DrbdResource resource;
    private final String host;
    private final Executor executor;
    private final PrintWriter err;
    private final CompletableFuture<Void> wantedDown = new CompletableFuture<>();
    private final CompletableFuture<Void> down = new CompletableFuture<>();
    private final AtomicBoolean wantsPrimary;

    PeerSession(DrbdResource resource, String host, boolean primary, Executor executor, PrintWriter err) {
        this.resource = resource;
        this.host = host;
        this.executor = executor;
        this.err = err;
        wantsPrimary = new AtomicBoolean(primary);
    }

    /** Follows the resource until it is closed. */
    void follow() {
        var unused = resource.onEvent(event -> {
            err.println(EventText.line(event));
            if (wantsPrimary.get() && event instanceof DrbdEvent.StateChanged && mayPromote()) {
                // Not from within a change of the state.
                executor.execute(this::promote);
            }
        });
    }

    private boolean mayPromote() {
        return volumes().stream()
                .map(resource::state)
                .allMatch(s -> s.role() == Role.SECONDARY
                        && s.connection().isAtLeast(ConnectionState.CONNECTED)
                        && (s.disk() == DiskState.UP_TO_DATE || s.peerDisk() == DiskState.UP_TO_DATE));
    }

    private void promote() {
        if (!wantsPrimary.compareAndSet(true, false)) {
            return;
        }
        var unused = resource.promote(false).whenComplete((x, failure) -> {
            if (failure != null) {
                err.println("diskless-drbd: not Primary yet: " + ExitCode.line(failure));
                wantsPrimary.set(true);
            }
        });
    }

    /** {@return ends when a client wants the peer to end; others may end it too} */
    CompletableFuture<Void> wantedDown() {
        return wantedDown;
    }

    /** Lets everybody go who waits for something of the resource, which is closed now. */
    void isDown() {
        down.complete(null);
    }

    private List<Integer> volumes() {
        return resource.options().volumes().stream().map(VolumeOptions::number).toList();
    }

    private List<Integer> volumes(ControlRequest request) {
        if (!request.has("volume")) {
            return volumes();
        }
        int number = (int) Math.min(request.number("volume", 0), Integer.MAX_VALUE);
        // Says what is wrong if there is no such volume.
        resource.state(number);
        return List.of(number);
    }

    @Override
    public void handle(ControlRequest request, ControlServer.Client client) throws Exception {
        switch (request.verb()) {
            case "status" -> status(request, client);
            case "role" -> {
                wantsPrimary.set(false);
                await(
                        "primary".equals(request.options().get("to"))
                                ? resource.promote(request.has("force"))
                                : resource.demote());
            }
            case "connect" -> {
                if (request.has("discard-my-data")) {
                    resource.connectDiscardingMyData();
                } else {
                    resource.connect();
                }
            }
            case "disconnect" -> await(resource.disconnect());
            case "verify" -> verify(request, client);
            case "invalidate" -> each(request, resource::invalidate);
            case "invalidate-remote" -> each(request, resource::invalidateRemote);
            case "pause-sync" -> each(request, v -> resource.pauseSync(v, true));
            case "resume-sync" -> each(request, v -> resource.pauseSync(v, false));
            case "detach" -> each(request, resource::detach);
            case "events" -> events(request, client);
            case "down" -> {
                wantedDown.complete(null);
                down.get();
            }
            default -> throw new IllegalArgumentException("no command " + request.verb());
        }
    }

    private void each(ControlRequest request, IntFunction<CompletableFuture<Void>> work) throws Exception {
        for (int volume : volumes(request)) {
            await(work.apply(volume));
        }
    }

    private <T> T await(CompletableFuture<T> work) throws Exception {
        try {
            CompletableFuture.anyOf(work, down).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
        if (!work.isDone()) {
            throw new DrbdException(DrbdException.Kind.CLOSED, "the peer was ended meanwhile");
        }
        return work.get();
    }

    private void status(ControlRequest request, ControlServer.Client client) throws IOException {
        if (!request.has("json")) {
            for (int volume : volumes()) {
                client.line(resource.options().name() + "/" + volume + " " + resource.state(volume) + " "
                        + resource.volume(volume).geometry().size() + " bytes");
            }
            return;
        }
        Map<String, Object> volumes = new LinkedHashMap<>();
        for (int volume : volumes()) {
            Map<String, Object> fields = EventText.fields(resource.state(volume));
            fields.put("bytes", resource.volume(volume).geometry().size());
            volumes.put(String.valueOf(volume), fields);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("resource", resource.options().name());
        fields.put("host", host);
        fields.put("local", resource.options().local());
        fields.put("peer", resource.options().peer());
        fields.put("volumes", volumes);
        client.line(json(fields));
    }

    private static String json(Map<String, Object> fields) throws IOException {
        StringWriter text = new StringWriter();
        Json.print(new PrintWriter(text), json -> Json.fields(json, fields));
        return text.toString().strip();
    }

    private void verify(ControlRequest request, ControlServer.Client client) throws Exception {
        List<VerifyReport> reports = new ArrayList<>();
        for (int volume : volumes(request)) {
            VerifyReport report =
                    await(resource.verify(volume, request.number("start", 0), request.number("stop", Long.MAX_VALUE)));
            reports.add(report);
            for (VerifyReport.Range range : report.differing()) {
                if (request.has("json")) {
                    client.line(json(new LinkedHashMap<>(
                            Map.of("volume", (long) volume, "sector", range.sector(), "sectors", range.sectors()))));
                } else {
                    client.line("volume " + volume + ": " + range.sectors() + " sectors differ from sector "
                            + range.sector() + " on");
                }
            }
            if (request.has("json")) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("volume", (long) volume);
                fields.put("compared", report.compared());
                fields.put("skipped", report.skipped());
                fields.put("clean", report.isClean());
                client.line(json(fields));
            } else {
                client.line(
                        "volume " + volume + ": " + report.compared() + " blocks of 4 KiB compared, " + report.skipped()
                                + " unreadable, " + report.differing().size() + " ranges differ");
            }
        }
        if (!reports.stream().allMatch(VerifyReport::isClean)) {
            throw new DrbdException(
                    DrbdException.Kind.INTEGRITY,
                    "the two sides differ; the ranges are marked, and `disconnect` and `connect` repair them");
        }
    }

    /** What is under way to one reader of events. */
    private static final class Feed {
        private final BlockingQueue<Optional<DrbdEvent>> queue = new ArrayBlockingQueue<>(MOST_EVENTS);
        private final AtomicBoolean behind = new AtomicBoolean();
        private final AtomicBoolean over = new AtomicBoolean();

        void add(DrbdEvent event) {
            if (!queue.offer(Optional.of(event))) {
                behind.set(true);
            }
        }

        void end() {
            over.set(true);
            // Where there is no room the reader is awake anyway.
            var unused = queue.offer(Optional.empty());
        }
    }

    private void events(ControlRequest request, ControlServer.Client client) throws IOException, InterruptedException {
        Feed feed = new Feed();
        Subscription subscription = resource.onEvent(feed::add);
        try {
            for (int volume : volumes()) {
                VolumeState now = resource.state(volume);
                feed.add(new DrbdEvent.StateChanged(resource.options().name(), volume, now, now, "as it is"));
            }
            var unused = down.thenRun(feed::end);
            Thread watch = new Thread(() -> watch(client, feed), "drbd-control-watch");
            watch.setDaemon(true);
            watch.start();
            while (!feed.over.get() || !feed.queue.isEmpty()) {
                Optional<DrbdEvent> next = feed.queue.take();
                if (next.isPresent()) {
                    client.line(request.has("json") ? json(EventText.fields(next.get())) : EventText.line(next.get()));
                }
                if (feed.behind.get()) {
                    throw new DrbdException(
                            DrbdException.Kind.IO, "events were lost: read them faster than they happen");
                }
            }
        } finally {
            subscription.close();
        }
    }

    private static void watch(ControlServer.Client client, Feed feed) {
        try {
            client.awaitEnd();
        } catch (IOException gone) {
            // As good an end as any.
        } finally {
            feed.end();
        }
    }
}
