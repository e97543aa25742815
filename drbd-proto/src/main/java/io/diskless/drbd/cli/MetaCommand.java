package io.diskless.drbd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.conf.drbd.DrbdHostConfig;
import io.diskless.cluster.conf.drbd.DrbdResourceConfig;
import io.diskless.cluster.conf.drbd.DrbdVolumeConfig;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaImage;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Meta-data on images and devices, without root and without a kernel. */
@Command(
        name = "meta",
        description = "Create, dump, restore, repair and explain meta-data (version 08) on images and devices.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ExplainCommand.class})
final class MetaCommand {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Where meta-data is: shared by the commands that look at an existing one. */
    static final class Place {
        /** More than any volume: stands in for a data device that does not matter. */
        private static final long LARGE = 1L << 50;

        @Option(
                names = "--place",
                paramLabel = "PLACE",
                description = "internal, flex-external, or the index of a slot of 128 MiB. Default: internal.")
        private String place = "internal";

        @Option(
                names = "--data",
                paramLabel = "FILE",
                description = "the data device that goes with external meta-data; only its size matters")
        private Path data = Path.of("");

        MetaPlacement placement() {
            return MetaPlacement.parse(place);
        }

        BlockDevice data(BlockDevice meta) throws BlockException {
            if (placement().kind() == MetaPlacement.Kind.INTERNAL) {
                return meta;
            }
            return data.toString().isEmpty()
                    ? MemoryDevice.create(LARGE)
                    : FileDevice.open(data, FileOptions.builder().readOnly(true).build());
        }

        MetaImage read(Path file) throws IOException {
            try (BlockDevice meta = FileDevice.open(
                            file, FileOptions.builder().readOnly(true).build());
                    BlockDevice other = data(meta)) {
                return MetaImage.read(other, meta, placement());
            }
        }
    }

    @Command(name = "create", description = "Make fresh meta-data for every volume that a host has of a resource.")
    int create(
            @Parameters(paramLabel = "RESOURCE", description = "its name in the configuration") String resource,
            @Option(names = "--conf", required = true, paramLabel = "FILE", description = "drbd.conf") Path conf,
            @Option(names = "--host", required = true, paramLabel = "NAME", description = "whose volumes") String host,
            @Option(names = "--force", description = "replace meta-data that is there") boolean force)
            throws IOException, InterruptedException {
        DrbdHostConfig section = section(conf, resource, host);
        for (DrbdVolumeConfig volume : section.volumes()) {
            create(volume, force);
        }
        return 0;
    }

    private static DrbdHostConfig section(Path conf, String resource, String host) throws IOException {
        return resource(conf, resource)
                .host(host)
                .orElseThrow(() -> new DrbdException(
                        DrbdException.Kind.CONFIG, "resource \"" + resource + "\" has no section for host " + host));
    }

    /** A resource of a configuration without errors. */
    static DrbdResourceConfig resource(Path conf, String resource) throws IOException {
        DrbdConfig config = DrbdConfig.parse(ConfigText.read(conf), DrbdDialect.V8_4, IncludeResolver.files());
        for (Diagnostic diagnostic : config.diagnostics()) {
            if (diagnostic.isError()) {
                throw new DrbdException(DrbdException.Kind.CONFIG, diagnostic.toString());
            }
        }
        return config.resource(resource)
                .orElseThrow(() -> new DrbdException(
                        DrbdException.Kind.CONFIG,
                        conf + " has no resource \"" + resource + "\", only "
                                + config.resources().stream()
                                        .map(DrbdResourceConfig::name)
                                        .toList()));
    }

    private void create(DrbdVolumeConfig volume, boolean force) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (volume.disk().isEmpty()) {
            out.println("volume " + volume.number() + " has no disk on this host: nothing to do");
            return;
        }
        Path disk = Path.of(volume.disk().get());
        Path meta = disk;
        MetaPlacement placement = MetaPlacement.INTERNAL;
        if (volume.metaDisk() instanceof DrbdVolumeConfig.MetaDisk.Flexible flexible) {
            meta = Path.of(flexible.device());
            placement = MetaPlacement.FLEXIBLE;
        } else if (volume.metaDisk() instanceof DrbdVolumeConfig.MetaDisk.Indexed indexed) {
            meta = Path.of(indexed.device());
            placement = MetaPlacement.indexed(indexed.index());
        }
        MetaOptions options = MetaOptions.builder()
                .placement(placement)
                .alExtents(volume.diskOptions().alExtents())
                .overwrite(force)
                .build();
        try (BlockDevice data = FileDevice.open(disk, FileOptions.defaults())) {
            if (meta.equals(disk)) {
                create(data, data, options);
            } else {
                try (BlockDevice other = FileDevice.open(meta, FileOptions.defaults())) {
                    create(data, other, options);
                }
            }
        }
        out.println("volume " + volume.number() + ": meta-data (" + placement + ") made on " + meta);
    }

    private static void create(BlockDevice data, BlockDevice meta, MetaOptions options)
            throws IOException, InterruptedException {
        try {
            MetaData.create(data, meta, options).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Command(name = "dump", description = "Print meta-data as the text that drbdmeta restore-md reads.")
    int dump(
            @Parameters(paramLabel = "FILE", description = "the device or image that holds the meta-data") Path file,
            @Mixin Place place)
            throws IOException {
        MetaImage image = place.read(file);
        PrintWriter out = spec.commandLine().getOut();
        out.println("# DRBD meta data dump");
        out.println("# " + Instant.now() + " diskless-drbd meta dump " + file + " --place " + place.placement());
        if (!image.superblock().isClean()) {
            out.println("# the superblock is unclean; flags 0x"
                    + Integer.toHexString(image.superblock().flags()));
        }
        out.println();
        image.dump(out);
        out.flush();
        return 0;
    }

    @Command(name = "restore", description = "Write meta-data from a text of drbdmeta dump-md or of dump.")
    int restore(
            @Parameters(paramLabel = "FILE", description = "the device or image that takes the meta-data") Path file,
            @Parameters(paramLabel = "DUMP", description = "the text") Path dump,
            @Mixin Place place,
            @Option(names = "--force", description = "replace meta-data that is there") boolean force)
            throws IOException {
        try (BlockDevice meta = FileDevice.open(file, FileOptions.defaults());
                BlockDevice data = place.data(meta);
                Reader text = Files.newBufferedReader(dump, UTF_8)) {
            MetaImage image = MetaImage.restore(data, meta, place.placement(), text, force);
            spec.commandLine()
                    .getOut()
                    .println("restored, with " + image.bitmap().dirtyBits() + " dirty blocks");
        }
        return 0;
    }

    @Command(
            name = "apply-al",
            description = "Mark the hot extents of a crashed Primary dirty and make the superblock clean, as the kernel"
                    + " wants it before it attaches.")
    int applyAl(
            @Parameters(paramLabel = "FILE", description = "the device or image that holds the meta-data") Path file,
            @Mixin Place place)
            throws IOException {
        try (BlockDevice meta = FileDevice.open(file, FileOptions.defaults());
                BlockDevice data = place.data(meta)) {
            int extents = MetaImage.applyActivityLog(data, meta, place.placement());
            spec.commandLine().getOut().println(extents + " extents of 4 MiB were hot");
        }
        return 0;
    }
}
