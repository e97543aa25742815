package io.diskless.drbd.cli;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.conf.drbd.DrbdResourceConfig;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.session.ConfiguredResource;
import io.diskless.drbd.session.DrbdOptions;
import io.diskless.drbd.session.DrbdResource;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs one host's side of a resource until a signal or {@code ctl ... down}. */
@Command(
        name = "peer",
        description = {
            "Run one host's side of a resource, from its `on` section of a drbd.conf (8.4 dialect): disk and meta-disk are",
            "files or devices, whose meta-data `meta create` makes; the device line is ignored.",
            "It looks for its peer until a signal or `ctl RESOURCE down` ends it. Events go to standard error."
        })
final class PeerCommand implements Callable<Integer> {
    /** Disks are touched on these; a journey to a disk is longer than one to a queue. */
    private static final int DISK_THREADS = 4;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "RESOURCE", description = "its name in the configuration")
    private String resource = "";

    @Option(names = "--conf", required = true, paramLabel = "FILE", description = "drbd.conf")
    private Path conf = Path.of("");

    @Option(names = "--host", required = true, paramLabel = "NAME", description = "whose side this is")
    private String host = "";

    @Option(
            names = "--primary",
            description =
                    "become Primary as soon as the peer is there and the data is good, as `ctl role primary` would")
    private boolean primary;

    @Option(
            names = "--control",
            paramLabel = "PATH",
            description = "where `ctl` finds this peer. Default: RESOURCE.sock in $XDG_RUNTIME_DIR/diskless-drbd, or in"
                    + " diskless-drbd-USER of the temporary directory.")
    private @Nullable Path control;

    @Option(
            names = "--spin",
            paramLabel = "US",
            description =
                    "how many microseconds (to 10000) the thread of the data socket looks again before it sleeps, where"
                            + " that has helped: shorter answers for more processor time. Default: ${DEFAULT-VALUE}.")
    private long spin = DrbdTransport.USUAL_SPIN.toNanos() / 1000;

    @Override
    public Integer call() throws IOException, InterruptedException {
        DrbdResourceConfig config = MetaCommand.resource(conf, resource);
        try (ConfigurationInUse current = new ConfigurationInUse(ConfiguredResource.of(config, host))) {
            serve(config, current);
        }
        return ExitCode.OK.code;
    }

    private void serve(DrbdResourceConfig config, ConfigurationInUse current) throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        current.get().warnings().forEach(w -> err.println("diskless-drbd: warning: " + w));
        Path path = ControlSocket.path(Optional.ofNullable(control), resource);
        try (ServerSocketChannel socket = ControlSocket.listen(path)) {
            run(current, new Handlers(config, current.get(), host, err), path, socket);
        }
    }

    private void run(ConfigurationInUse current, Handlers handlers, Path path, ServerSocketChannel socket)
            throws IOException, InterruptedException {
        List<BlockDevice> devices = new ArrayList<>();
        AtomicInteger number = new AtomicInteger();
        ExecutorService disks = Executors.newFixedThreadPool(DISK_THREADS, work -> {
            Thread thread = new Thread(work, "drbd-disk-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        try (DrbdTransport transport = transport()) {
            checkListen(current.get().local());
            DrbdOptions options = current.get()
                    .builder(name -> open(name, devices))
                    .transport(transport)
                    .executor(disks)
                    .fenceHandler(handlers, handlers.fences())
                    .build();
            serve(open(options), current, handlers, path, socket, disks);
        } finally {
            handlers.end();
            disks.shutdown();
            Files.deleteIfExists(path);
            close(devices);
        }
    }

    private DrbdTransport transport() {
        try {
            return DrbdTransport.tcp(1, ByteBufAllocator.DEFAULT, Duration.of(spin, ChronoUnit.MICROS));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--spin: " + e.getMessage(), e);
        }
    }

    /** The resource itself tries again and again; here somebody waits for an answer. */
    private static void checkListen(InetSocketAddress local) throws DrbdException {
        try (ServerSocketChannel probe = ServerSocketChannel.open()) {
            probe.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            probe.bind(local);
        } catch (BindException e) {
            throw new DrbdException(
                    DrbdException.Kind.CONFLICT,
                    "cannot listen on " + local + ": " + e.getMessage()
                            + "; end what uses the port, or check that the address of --host is one of this machine",
                    e);
        } catch (IOException e) {
            throw new DrbdException(DrbdException.Kind.IO, "cannot listen on " + local + ": " + e.getMessage(), e);
        }
    }

    private static BlockDevice open(String name, List<BlockDevice> devices) throws IOException {
        BlockDevice device = FileDevice.open(Path.of(name), FileOptions.defaults());
        devices.add(device);
        return device;
    }

    private DrbdResource open(DrbdOptions options) throws DrbdException {
        try {
            return DrbdResource.open(options);
        } catch (DrbdException e) {
            if (e.kind() != DrbdException.Kind.NO_DATA) {
                throw e;
            }
            throw new DrbdException(
                    e.kind(),
                    ExitCode.line(e) + " (new disks need `meta create " + resource + " --conf " + conf + " --host "
                            + host + "`)",
                    e);
        }
    }

    private void serve(
            DrbdResource open,
            ConfigurationInUse current,
            Handlers handlers,
            Path path,
            ServerSocketChannel socket,
            ExecutorService disks)
            throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        PeerSession session = new PeerSession(
                open,
                host,
                current,
                () -> ConfiguredResource.of(MetaCommand.resource(conf, resource), host),
                primary,
                disks,
                err);
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread hook = new Thread(() -> {
            session.wantedDown().complete(null);
            ended.join();
        });
        Runtime.getRuntime().addShutdownHook(hook);
        ControlServer server = ControlServer.start(path, socket, session, err);
        try {
            var unused = open.onEvent(handlers::event);
            session.follow();
            open.connect();
            spec.commandLine()
                    .getOut()
                    .println(resource + " on " + host + ": " + open.options().local() + " to "
                            + open.options().peer() + ", control socket " + path);
            session.wantedDown().join();
        } finally {
            try {
                // A Primary that is just gone would have crashed, and a peer that is not told would wait.
                open.close();
                server.close();
                session.isDown();
                server.drain();
            } finally {
                ended.complete(null);
                unhook(hook);
            }
        }
    }

    private static void unhook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends already, which is why we are here.
            return;
        }
    }

    private void close(List<BlockDevice> devices) {
        for (BlockDevice device : devices) {
            try {
                device.close();
            } catch (IOException e) {
                spec.commandLine().getErr().println("diskless-drbd: " + ExitCode.line(e));
            }
        }
    }
}
