package io.diskless.netboot.cli;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.simulate.BootEnd;
import io.diskless.netboot.simulate.BootRun;
import io.diskless.netboot.simulate.ClientKind;
import io.diskless.netboot.simulate.ClientLink;
import io.diskless.netboot.simulate.Loader;
import io.diskless.netboot.simulate.SimulatedClient;
import io.diskless.netboot.simulate.SimulatedMachine;
import io.diskless.netboot.simulate.SocketLink;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Boots a machine that is not there. */
@Command(
        name = "simulate",
        description = {
            "Boot a machine that is not there and say what it got.",
            "It says what the real client says. Files come to this machine's own address; 0 is the exit code of a boot",
            "that reached a kernel, a root, a program or the local disk, and 1 that of any other."
        })
final class SimulateCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "CLIENT", description = "${COMPLETION-CANDIDATES}.")
    ClientKind client = ClientKind.BIOS_IPXE;

    @Option(names = "--mac", required = true, paramLabel = "MAC", description = "The machine's network card.")
    MacAddress mac = MacAddress.BROADCAST;

    @Option(names = "--uuid", paramLabel = "UUID", description = "Its UUID; zeros unless given.")
    @Nullable
    UUID uuid;

    @Option(
            names = "--loader",
            paramLabel = "LOADER",
            description = "What its boot program is, if the file's name does not tell: ${COMPLETION-CANDIDATES}.")
    @Nullable
    Loader loader;

    @Option(
            names = "--own",
            required = true,
            paramLabel = "ADDRESS",
            description = "This machine's address on the network.")
    String own = "";

    @Option(
            names = "--server",
            paramLabel = "ADDRESS[:PORT]",
            description = {
                "Ask this DHCP server as a relay does, instead of everybody by broadcast; a server on port 67",
                "answers to port 67."
            })
    @Nullable
    String server;

    @Option(names = "--tftp-port", paramLabel = "PORT", description = "Port of TFTP, ${DEFAULT-VALUE} unless given.")
    int tftpPort = 69;

    @Option(names = "--boot-port", paramLabel = "PORT", description = "Boot server's, ${DEFAULT-VALUE} unless given.")
    int bootPort = 4011;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        SimulatedMachine machine = SimulatedMachine.of(client, mac);
        machine = uuid == null ? machine : machine.withUuid(uuid);
        machine = loader == null ? machine : machine.withLoader(loader);
        try (ClientLink link = link()) {
            BootRun run = SimulatedClient.boot(machine, link, new SecureRandom());
            run.steps().forEach(step -> out.println(Text.printable(step)));
            return run.end() instanceof BootEnd.Nothing || run.end() instanceof BootEnd.Failed ? 1 : 0;
        }
    }

    private SocketLink link() {
        Inet4Address address = Text.address(own);
        String to = server;
        if (to == null) {
            return SocketLink.broadcasting(address);
        }
        int colon = to.indexOf(':');
        int port = colon < 0 ? 67 : Text.port(to.substring(colon + 1));
        InetSocketAddress dhcp = new InetSocketAddress(Text.address(colon < 0 ? to : to.substring(0, colon)), port);
        return SocketLink.relayed(address, dhcp, tftpPort, bootPort);
    }
}
