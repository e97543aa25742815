package io.diskless.drbd.cli;

import io.diskless.cluster.block.BlockDevice.Subscription;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.session.ConfiguredResource;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.DrbdStatistics;
import io.diskless.drbd.session.SyncProgress;
import io.diskless.drbd.session.VerifyReport;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;

/** What a running peer does at command. Thread-safe. */
final class PeerSession implements ControlServer.Handler {
    private final DrbdResource resource;
    private final String host;
    private final ConfigurationInUse current;

    private final Configuration configuration;
    private final Executor executor;
    private final PrintWriter err;
    private final CompletableFuture<Void> wantedDown = new CompletableFuture<>();
    private final CompletableFuture<Void> down = new CompletableFuture<>();
    private final AtomicBoolean wantsPrimary;

    /** The configuration as it is now. */
    @FunctionalInterface
    interface Configuration {
        ConfiguredResource read() throws IOException;
    }

    PeerSession(
            DrbdResource resource,
            String host,
            ConfigurationInUse current,
            Configuration configuration,
            boolean primary,
            Executor executor,
            PrintWriter err) {
        this.current = current;
        this.configuration = configuration;
        this.resource = resource;
        this.host = host;
        this.executor = executor;
        this.err = err;
        wantsPrimary = new AtomicBoolean(primary);
    }

    /** Follows the resource until it is closed. */
    void follow() {
        EventFeed feed = new EventFeed();
        Thread log = new Thread(() -> log(feed), "drbd-log");
        log.setDaemon(true);
        log.start();
        var unused = down.thenRun(feed::end);
        var unusedSubscription = resource.onEvent(event -> {
            if (!(event instanceof DrbdEvent.Progress)) {
                feed.add(event);
            }
            if (wantsPrimary.get() && event instanceof DrbdEvent.StateChanged && mayPromote()) {
                // Not from within a change of the state.
                executor.execute(this::promote);
            }
        });
    }

    /** Writes what happens to standard error, which may be a pipe that nobody reads for a while. */
    private void log(EventFeed feed) {
        try {
            for (Optional<DrbdEvent> e = feed.next(); e.isPresent(); e = feed.next()) {
                e.get().lines().forEach(err::println);
                if (feed.lost()) {
                    err.println("diskless-drbd: events were lost here: they were not read fast enough");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
            case "resume-io" -> each(request, resource::resumeIo);
            case "detach" -> each(request, resource::detach);
            case "attach" -> each(request, v -> resource.attach(configured(v)));
            case "new-current-uuid" ->
                each(request, request.has("clear-bitmap") ? resource::skipInitialSync : resource::newCurrentUuid);
            case "resize" -> {
                for (int volume : volumes(request)) {
                    long size = await(resource.resize(volume, request.bytes(), request.has("assume-clean")));
                    client.line("volume " + volume + ": " + (size >> 10) + " KiB");
                }
            }
            case "adjust" -> adjust();
            case "events" -> events(request, client);
            case "down" -> {
                wantedDown.complete(null);
                down.get();
            }
            default -> throw new IllegalArgumentException("no command " + request.verb());
        }
    }

    private void adjust() throws Exception {
        ConfiguredResource next = configuration.read();
        boolean used = false;
        try {
            await(resource.adjust(next.net(), next.splitBrain()));
            current.replace(next);
            used = true;
        } finally {
            if (!used) {
                next.close();
            }
        }
        await(resource.adjust(next.sync()));
    }

    private void each(ControlRequest request, IntFunction<CompletableFuture<Void>> work) throws Exception {
        for (int volume : volumes(request)) {
            await(work.apply(volume));
        }
    }

    private VolumeOptions configured(int volume) {
        return resource.options().volumes().stream()
                .filter(v -> v.number() == volume)
                .findFirst()
                .orElseThrow();
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

    private void status(ControlRequest request, ControlServer.Client client) throws Exception {
        Map<Integer, SyncProgress> progress = new LinkedHashMap<>();
        for (int volume : volumes()) {
            await(resource.progress(volume)).ifPresent(p -> progress.put(volume, p));
        }
        DrbdStatistics figures = await(resource.statistics());
        if (request.has("json")) {
            Map<String, Object> fields = new LinkedHashMap<>(Map.of("host", host));
            fields.putAll(StatusText.fields(resource, figures, progress));
            client.line(json(fields));
        } else {
            for (String line : StatusText.lines(resource, figures, progress)) {
                client.line(line);
            }
        }
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

    private void events(ControlRequest request, ControlServer.Client client) throws IOException, InterruptedException {
        EventFeed feed = new EventFeed();
        Subscription subscription = resource.onEvent(feed::add);
        try {
            for (int volume : volumes()) {
                feed.add(StatusText.exists(resource, volume));
            }
            var unused = down.thenRun(feed::end);
            Thread watch = new Thread(() -> watch(client, feed), "drbd-control-watch");
            watch.setDaemon(true);
            watch.start();
            for (Optional<DrbdEvent> e = feed.next(); e.isPresent(); e = feed.next()) {
                if (request.has("json")) {
                    client.line(json(e.get().fields()));
                } else {
                    for (String line : e.get().lines()) {
                        client.line(line);
                    }
                }
                if (feed.lost()) {
                    throw new DrbdException(
                            DrbdException.Kind.IO, "events were lost: read them faster than they happen");
                }
            }
        } finally {
            subscription.close();
        }
    }

    private static void watch(ControlServer.Client client, EventFeed feed) {
        try {
            client.awaitEnd();
        } catch (IOException gone) {
            // As good an end as any.
        } finally {
            feed.end();
        }
    }
}
