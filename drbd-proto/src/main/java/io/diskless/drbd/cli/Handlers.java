package io.diskless.drbd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.conf.drbd.DrbdHostConfig;
import io.diskless.cluster.conf.drbd.DrbdResourceConfig;
import io.diskless.cluster.conf.drbd.DrbdVolumeConfig;
import io.diskless.drbd.session.ConfiguredResource;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.FenceHandler;
import io.diskless.drbd.state.StatePolicy;
import io.diskless.drbd.state.SyncHandshake;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs the commands of the {@code handlers} section when their occasion comes, in a shell, with the environment that
 * {@code drbdadm} gives them. One occasion at a time and in their order, but for {@code fence-peer}, which waits for none of
 * them. Thread-safe.
 */
final class Handlers implements FenceHandler {
    private static final String FENCE_PEER = "fence-peer";
    private static final String UNFENCE_PEER = "unfence-peer";
    private static final String LOCAL_IO_ERROR = "local-io-error";
    private static final String AFTER_RESYNC_TARGET = "after-resync-target";
    private static final String PRI_ON_INCON_DEGR = "pri-on-incon-degr";

    /** The occasions that come here; others of the language are for the kernel, or ask before something that does not wait. */
    private static final Set<String> KNOWN = Set.of(
            FENCE_PEER,
            UNFENCE_PEER,
            LOCAL_IO_ERROR,
            AFTER_RESYNC_TARGET,
            PRI_ON_INCON_DEGR,
            SyncHandshake.Handler.INITIAL_SPLIT_BRAIN.handler(),
            SyncHandshake.Handler.SPLIT_BRAIN.handler(),
            SyncHandshake.Handler.PRI_LOST.handler(),
            SyncHandshake.Handler.PRI_LOST_AFTER_SB.handler());

    private final DrbdResourceConfig config;
    private final ConfiguredResource configured;
    private final DrbdHostConfig host;
    private final PrintWriter err;
    private final ExecutorService fences = thread("drbd-fence-peer");
    private final ExecutorService others = thread("drbd-handlers");

    Handlers(DrbdResourceConfig config, ConfiguredResource configured, String host, PrintWriter err) {
        this.config = config;
        this.configured = configured;
        this.host = config.host(host).orElseThrow();
        this.err = err;
        config.settings("handlers").asMap().keySet().stream()
                .filter(name -> !KNOWN.contains(name))
                .sorted()
                .forEach(name -> err.println("diskless-drbd: warning: handlers: " + name + ": no effect here"));
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Where {@link #fence} is to be called. */
    Executor fences() {
        return fences;
    }

    /** No more occasions come; commands that run go on. */
    void end() {
        fences.shutdown();
        others.shutdown();
    }

    @Override
    public Outcome fence(Request request) throws IOException, InterruptedException {
        String command = configured
                .handler(FENCE_PEER)
                .orElseThrow(() -> new IOException("the configuration has no handler fence-peer"));
        int code = run(FENCE_PEER, command, request.volumes());
        return Outcome.ofExitCode(code).orElseThrow(() -> new IOException("fence-peer is broken: it returned " + code));
    }

    /** Something happened: called on the resource's event loop. */
    void event(DrbdEvent event) {
        if (event instanceof DrbdEvent.Compared e) {
            e.handlers().forEach(h -> occasion(h.handler(), e.volume()));
        } else if (event instanceof DrbdEvent.IoError e) {
            boolean called = host.volumes().stream()
                    .anyMatch(v -> v.number() == e.volume()
                            && v.diskOptions().onIoError().equals("call-local-io-error"));
            if (called && e.detached()) {
                occasion(LOCAL_IO_ERROR, e.volume());
            }
        } else if (event instanceof DrbdEvent.StateChanged e) {
            changed(e);
        }
    }

    private void changed(DrbdEvent.StateChanged e) {
        ConnectionState from = e.before().connection();
        VolumeState after = e.after();
        boolean ended = after.connection() == ConnectionState.CONNECTED;
        if (ended && from == ConnectionState.SYNC_TARGET && after.disk() == DiskState.UP_TO_DATE) {
            occasion(AFTER_RESYNC_TARGET, e.volume());
        }
        if (ended
                && from == ConnectionState.SYNC_SOURCE
                && after.peerDisk() == DiskState.UP_TO_DATE
                && configured.fencing() != StatePolicy.Fencing.DONT_CARE) {
            occasion(UNFENCE_PEER, e.volume());
        }
        if (hasNoData(after) && !hasNoData(e.before())) {
            occasion(PRI_ON_INCON_DEGR, e.volume());
        }
    }

    private static boolean hasNoData(VolumeState s) {
        return s.role() == Role.PRIMARY
                && !s.connection().isAtLeast(ConnectionState.CONNECTED)
                && s.disk() != DiskState.UP_TO_DATE;
    }

    private void occasion(String name, int volume) {
        Optional<String> command = configured.handler(name);
        if (command.isPresent() && !others.isShutdown()) {
            others.execute(() -> {
                try {
                    run(name, command.get(), List.of(volume));
                } catch (IOException e) {
                    err.println("diskless-drbd: handler " + name + " cannot be run: " + e.getMessage());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
    }

    private int run(String name, String command, List<Integer> volumes) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", command).redirectErrorStream(true);
        environment(builder.environment(), volumes);
        Process process = builder.start();
        process.getOutputStream().close();
        try (BufferedReader out = process.inputReader(UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                err.println(name + ": " + line);
            }
        }
        int code = process.waitFor();
        err.println("diskless-drbd: handler " + name + " returned " + code);
        return code;
    }

    /** As drbd.conf(5) and the scripts that come with the tools know it. */
    private void environment(Map<String, String> to, List<Integer> volumes) {
        List<String> minors = new ArrayList<>();
        List<String> numbers = new ArrayList<>();
        for (DrbdVolumeConfig v : host.volumes()) {
            if (volumes.contains(v.number())) {
                minors.add(Integer.toString(v.minor()));
                numbers.add(Integer.toString(v.number()));
            }
        }
        to.put("DRBD_RESOURCE", config.name());
        to.put("DRBD_MINOR", String.join(" ", minors));
        to.put("DRBD_VOLUME", String.join(" ", numbers));
        to.put("DRBD_PEER", configured.peerName());
        to.put("DRBD_PEERS", configured.peerName());
        to.put("DRBD_CONF", config.tree().text().name());
        config.peerOf(host.name()).flatMap(DrbdHostConfig::address).ifPresent(address -> {
            to.put("DRBD_PEER_AF", address.family());
            to.put("DRBD_PEER_ADDRESS", address.host());
        });
    }
}
