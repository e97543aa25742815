package io.diskless.aoe.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.diskless.aoe.AoeException;
import io.diskless.aoe.initiator.TargetInfo;
import io.diskless.aoe.initiator.TargetListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists targets, or follows them. */
@Command(name = "discover", description = "List the targets that answer, with size, limits and paths.")
final class DiscoverCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Session session = new Session();

    @Option(names = "--wait", paramLabel = "SECONDS", description = "How long to collect. Default: --timeout, or 1.")
    private @Nullable Double wait;

    @Option(names = "--watch", description = "Go on until interrupted: print what appears, changes and vanishes.")
    private boolean watch;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        if (wait != null && !(wait >= 0.001 && wait <= 86_400)) {
            throw new IllegalArgumentException("--wait is 0.001 to 86400 seconds, got " + wait);
        }
        Duration collecting = wait == null ? session.seconds(1) : Duration.ofNanos((long) (wait * 1e9));
        try (Session.Open open = session.open()) {
            if (watch) {
                return watch(open, out);
            }
            List<TargetInfo> targets = open.initiator().discover(collecting);
            if (session.json()) {
                Json.print(out, json -> {
                    json.writeArrayFieldStart("targets");
                    for (TargetInfo target : targets) {
                        json.writeStartObject();
                        write(json, target);
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                });
            } else {
                targets.forEach(target -> out.println(line(target)));
            }
            if (targets.isEmpty()) {
                throw new AoeException(
                        AoeException.Kind.NO_TARGET,
                        "no target answered in " + collecting.toMillis() / 1e3
                                + " s; check the interface, the switch and the targets' mask and access lists");
            }
        }
        return ExitCode.OK.code;
    }

    private Integer watch(Session.Open open, PrintWriter out) throws IOException, InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        Thread hook = new Thread(interrupted::countDown);
        Runtime.getRuntime().addShutdownHook(hook);
        TargetListener listener = new TargetListener() {
            @Override
            public void appeared(TargetInfo target) {
                event("appeared", target);
            }

            @Override
            public void changed(TargetInfo before, TargetInfo after) {
                event("changed", after);
            }

            @Override
            public void vanished(TargetInfo last) {
                event("vanished", last);
            }

            private void event(String what, TargetInfo target) {
                if (!session.json()) {
                    out.println(what + " " + line(target));
                    return;
                }
                try {
                    Json.print(out, json -> {
                        json.writeStringField("event", what);
                        write(json, target);
                    });
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        };
        // Ends with the initiator.
        open.initiator().onTarget(listener);
        while (!interrupted.await(1, TimeUnit.DAYS)) {
            out.flush();
        }
        return ExitCode.OK.code;
    }

    static String line(TargetInfo target) {
        StringBuilder paths = new StringBuilder();
        for (TargetInfo.Route route : target.routes()) {
            paths.append(paths.isEmpty() ? "" : ", ")
                    .append(route.remote())
                    .append(" via ")
                    .append(route.interfaceName());
        }
        String size = target.size() == TargetInfo.UNKNOWN_SIZE ? "size unknown" : Size.of(target.size());
        return String.format(
                Locale.ROOT,
                "%-8s %10s  %d sectors/frame, %d buffers  %s  [%s]%s",
                target.address(),
                size,
                target.maxSectors(),
                target.bufferCount(),
                target.model().strip(),
                paths,
                target.config().isEmpty() ? "" : "  config \"" + Text.printable(target.config()) + "\"");
    }

    static void write(JsonGenerator json, TargetInfo target) throws IOException {
        json.writeStringField("address", target.address().toString());
        json.writeNumberField("size", target.size());
        json.writeStringField("model", target.model().strip());
        json.writeStringField("serial", target.serial().strip());
        json.writeStringField("revision", target.revision().strip());
        json.writeNumberField("bufferCount", target.bufferCount());
        json.writeNumberField("maxSectors", target.maxSectors());
        json.writeNumberField("firmware", target.firmware());
        json.writeStringField("config", target.config());
        json.writeArrayFieldStart("paths");
        for (TargetInfo.Route route : target.routes()) {
            json.writeStartObject();
            json.writeStringField("interface", route.interfaceName());
            json.writeStringField("remote", route.remote().toString());
            json.writeNumberField("mtu", route.mtu());
            json.writeNumberField("maxSectors", route.maxSectors());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
