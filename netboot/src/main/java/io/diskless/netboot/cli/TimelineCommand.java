package io.diskless.netboot.cli;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.timeline.Quirk;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What did each machine do while it booted? */
@Command(
        name = "timeline",
        description =
                "Show the boots in an event log of serve --events, machine by machine, with what is normal named so.")
final class TimelineCommand implements Callable<Integer> {
    /** Silence that ends a boot. */
    private static final Duration LONG = Duration.ofMinutes(10);

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The event log, also while a server writes to it.")
    Path file = Path.of("");

    @Option(names = "--mac", paramLabel = "MAC", description = "Only this machine.")
    @Nullable
    MacAddress only;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Map<String, List<EventLog.Entry>> machines = EventLog.read(file).stream()
                .filter(entry -> only == null || entry.mac().equals(only.toString()))
                .collect(Collectors.groupingBy(EventLog.Entry::mac, LinkedHashMap::new, Collectors.toList()));
        machines.forEach((mac, entries) -> print(out, mac, entries));
        return 0;
    }

    private static void print(PrintWriter out, String mac, List<EventLog.Entry> entries) {
        Instant began = Instant.MIN;
        Instant last = Instant.MIN;
        for (EventLog.Entry entry : entries) {
            if (last.equals(Instant.MIN) || Duration.between(last, entry.time()).compareTo(LONG) > 0) {
                began = entry.time();
                out.println(Text.printable(mac) + " from " + began);
            }
            last = entry.time();
            double seconds = Duration.between(began, last).toNanos() / 1e9;
            out.println(String.format(Locale.ROOT, "  %+9.3f s  %s", seconds, Text.printable(entry.text())));
            entry.quirks().forEach(quirk -> out.println("               normal: " + explain(quirk)));
        }
    }

    private static String explain(String quirk) {
        return Arrays.stream(Quirk.values())
                .filter(known -> known.name().equals(quirk))
                .map(Quirk::text)
                .findFirst()
                .orElseGet(() -> Text.printable(quirk));
    }
}
