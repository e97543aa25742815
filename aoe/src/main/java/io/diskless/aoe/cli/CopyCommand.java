package io.diskless.aoe.cli;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Disk to file, file to disk, disk to disk. */
@Command(
        name = "copy",
        description = "Copy between AoE disks and files, and verify. A side that looks like e0.1 is a disk, anything"
                + " else is a file (write ./e0.1 for a file of that name).")
final class CopyCommand implements Callable<Integer> {
    private static final Pattern DISK = Pattern.compile("e[0-9]{1,5}\\.[0-9]{1,3}");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Session session = new Session();

    @Parameters(index = "0", paramLabel = "FROM", description = "e0.1, or a file.")
    private String from = "";

    @Parameters(
            index = "1",
            paramLabel = "TO",
            description = "e0.1, or a file, which is made if it does not exist, and gets the size of FROM.")
    private String to = "";

    @Option(
            names = "--chunk",
            paramLabel = "SIZE",
            converter = Size.class,
            description = "Bytes per request. Default: 256k.")
    private Long chunk = 256L << 10;

    @Option(names = "--depth", description = "Requests under way. Default: ${DEFAULT-VALUE}.")
    private int depth = 8;

    @Option(names = "--no-verify", negatable = false, description = "Do not read both sides again and compare.")
    private boolean noVerify;

    @Override
    public Integer call() throws Exception {
        if (!isDisk(from) && !isDisk(to)) {
            throw new IllegalArgumentException(
                    "neither \"" + from + "\" nor \"" + to + "\" is an AoE disk such as e0.1");
        }
        if (chunk < 4096 || chunk > 16 << 20 || chunk % 512 != 0) {
            throw new IllegalArgumentException("--chunk is 4k to 16M and a multiple of 512, got " + chunk);
        }
        if (depth < 1 || depth > 256) {
            throw new IllegalArgumentException("--depth is 1 to 256, got " + depth);
        }
        try (Session.Open open = session.open();
                BlockDevice source = isDisk(from) ? open.disk(AoeAddress.parse(from)) : Devices.source(Path.of(from));
                BlockDevice destination = destination(open, source.geometry().size())) {
            return copy(source, destination);
        }
    }

    private BlockDevice destination(Session.Open open, long size) throws IOException {
        if (isDisk(to)) {
            return open.disk(AoeAddress.parse(to));
        }
        Path file = Path.of(to);
        return Files.exists(file) && !Files.isRegularFile(file)
                ? Devices.open(file, false, null, FileOptions.Mode.BUFFERED)
                : Devices.create(file, size);
    }

    private Integer copy(BlockDevice source, BlockDevice destination) throws IOException {
        long size = source.geometry().size();
        if (destination.geometry().size() < size) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s holds %d bytes and %s only %d",
                    from,
                    size,
                    to,
                    destination.geometry().size()));
        }
        PrintWriter out = spec.commandLine().getOut();
        long start = System.nanoTime();
        try (Progress bar = Progress.of("copy", size, !session.json())) {
            new CopyJob(source, destination, size, chunk.intValue(), depth, bar).copy();
        }
        long copied = System.nanoTime() - start;
        String verified = "not verified";
        if (!noVerify) {
            try (Progress bar = Progress.of("verify", size, !session.json())) {
                new CopyJob(source, destination, size, chunk.intValue(), depth, bar).verify();
            } catch (BlockException e) {
                if (e.kind() != BlockException.Kind.MEDIUM
                        || !String.valueOf(e.getMessage()).startsWith("verification")) {
                    throw e;
                }
                spec.commandLine().getErr().println("diskless-aoe: " + e.getMessage());
                return ExitCode.DIFFERENT.code;
            }
            verified = "verified";
        }
        double perSecond = size * 1e9 / (double) copied;
        String verdict = verified;
        if (session.json()) {
            Json.print(out, json -> {
                json.writeStringField("from", from);
                json.writeStringField("to", to);
                json.writeNumberField("bytes", size);
                json.writeNumberField("nanos", copied);
                json.writeBooleanField("verified", !noVerify);
            });
        } else {
            out.printf(
                    Locale.ROOT,
                    "%s copied in %.1f s, %s/s, %s%n",
                    Size.of(size),
                    copied / 1e9,
                    Size.of(perSecond),
                    verdict);
        }
        return ExitCode.OK.code;
    }

    private static boolean isDisk(String side) {
        return DISK.matcher(side).matches();
    }
}
