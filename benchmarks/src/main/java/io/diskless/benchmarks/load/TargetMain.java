package io.diskless.benchmarks.load;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.aoe.target.WritePolicy;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
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

    @Parameters(index = "0")
    private String interfaceName = "";

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
        LinkOptions.Builder slots = LinkOptions.builder().role(LinkOptions.Role.TARGET);
        if (receiveSlots > 0) {
            slots.receiveSlots(receiveSlots);
        }
        if (sendSlots > 0) {
            slots.sendSlots(sendSlots);
        }
        EthernetLink link = Links.open(interfaceName, slots.build());
        CountDownLatch end = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(end::countDown));
        TargetOptions options = TargetOptions.builder()
                .spin(Duration.ofNanos(spinMicros * 1000L))
                .build();
        try (BlockDevice store = open();
                AoeTarget target = AoeTarget.create(options)) {
            target.export(
                    new AoeAddress(0, 1),
                    store,
                    ExportOptions.builder().writePolicy(policy).build());
            target.attach(link);
            target.start();
            System.out.println(READY);
            end.await();
        }
        return 0;
    }

    private BlockDevice open() throws java.io.IOException {
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
