package io.diskless.benchmarks.load;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.aoe.target.TargetSnapshot;
import io.diskless.aoe.target.WritePolicy;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Our side of a contest, in a process of its own: serves one file as e0.1 until it is ended. */
@Command(name = "target")
final class TargetMain implements Callable<Integer> {
    /** What it prints once it serves. */
    static final String READY = "READY";

    private enum Kind {
        BUFFERED,
        MAPPED,
        MAPPED_WRITES,
        MEMORY
    }

    @Parameters(index = "0", description = "One or several, with commas between them.")
    private String interfaceNames = "";

    @Parameters(index = "1")
    private Path file = Path.of("");

    @Option(names = "--sync")
    private String sync = "buffered";

    @Option(names = "--device")
    private Kind device = Kind.BUFFERED;

    @Option(names = "--spin")
    private int spinMicros;

    @Option(names = "--receive-slots")
    private int receiveSlots;

    @Option(names = "--send-slots")
    private int sendSlots;

    @Option(names = "--slot")
    private int slot = 1;

    @Option(names = "--service", description = "Mean service time, microseconds; 0 for none.")
    private int serviceMicros;

    @Option(names = "--seed")
    private long seed;

    @Option(names = "--link")
    private LinkOptions.Preference preference = LinkOptions.Preference.BEST;

    @Option(names = "--bypass", description = "Send past the queue discipline.")
    private boolean bypass;

    @Option(names = "--sockets", description = "How many share an interface, each with a thread.")
    private int sockets = 1;

    public static void main(String[] args) {
        System.exit(new CommandLine(new TargetMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        WritePolicy policy = switch (sync.toLowerCase(Locale.ROOT)) {
            case "through" -> WritePolicy.WRITE_THROUGH;
            case "flush" -> WritePolicy.flushEvery(Duration.ofMillis(200));
            case "buffered" -> WritePolicy.BUFFERED;
            default -> throw new IllegalArgumentException("--sync is through, flush or buffered, got " + sync);
        };
        LinkOptions.Builder slots = LinkOptions.builder()
                .role(LinkOptions.Role.TARGET)
                .preference(preference)
                .bypassQueue(bypass);
        if (receiveSlots > 0) {
            slots.receiveSlots(receiveSlots);
        }
        if (sendSlots > 0) {
            slots.sendSlots(sendSlots);
        }
        List<EthernetLink> links = new ArrayList<>();
        for (String name : interfaceNames.split(",", -1)) {
            if (sockets == 1) {
                links.add(Links.open(name, slots.build()));
            } else {
                links.addAll(Links.openFanout(name, slots.build(), sockets));
            }
        }
        TargetOptions options = TargetOptions.builder()
                .spin(Duration.ofNanos(spinMicros * 1000L))
                .build();
        try (BlockDevice store = open();
                AoeTarget target = AoeTarget.create(options)) {
            target.export(
                    new AoeAddress(0, slot),
                    store,
                    ExportOptions.builder().writePolicy(policy).build());
            for (EthernetLink link : links) {
                target.attach(link);
            }
            target.start();
            System.out.println(READY);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            // Each line asks for a report; the end of the input, which is the end of the contest, is the end.
            while (in.readLine() != null) {
                System.out.println(report(target, links));
            }
        }
        return 0;
    }

    /** Totals since the start: requests answered, bytes its thread allocated, collections, frames it lost. */
    private static String report(AoeTarget target, List<EthernetLink> links) {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (long id : threads.getAllThreadIds()) {
            ThreadInfo info = threads.getThreadInfo(id);
            if (info != null && info.getThreadName().startsWith("aoe-target")) {
                allocated += threads.getThreadAllocatedBytes(id);
            }
        }
        long collections = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += collector.getCollectionCount();
        }
        TargetSnapshot snapshot = target.snapshot();
        long answers = 0;
        long copies = 0;
        long unanswered = 0;
        for (TargetSnapshot.Port port : snapshot.ports()) {
            answers += port.answers();
            unanswered += port.overloaded() + port.noSlot();
        }
        for (TargetSnapshot.ExportCounters export : snapshot.exports()) {
            copies += export.copies();
            unanswered += export.dropped();
        }
        long dropped = links.stream()
                .mapToLong(link -> link.counters().receiveDropped())
                .sum();
        return answers + " " + allocated + " " + collections + " " + dropped + " " + unanswered + " " + copies;
    }

    private BlockDevice open() throws IOException {
        BlockDevice image = image();
        return serviceMicros == 0 ? image : new ServiceTimeDevice(image, serviceMicros * 1000L, seed);
    }

    private BlockDevice image() throws IOException {
        return switch (device) {
            case BUFFERED ->
                FileDevice.open(
                        file,
                        FileOptions.builder().mode(FileOptions.Mode.BUFFERED).build());
            case MAPPED ->
                FileDevice.open(
                        file,
                        FileOptions.builder().mode(FileOptions.Mode.MAPPED).build());
            case MAPPED_WRITES ->
                FileDevice.open(
                        file,
                        FileOptions.builder()
                                .mode(FileOptions.Mode.MAPPED_WRITES)
                                .build());
            case MEMORY -> MemoryDevice.create(Files.size(file));
        };
    }
}
