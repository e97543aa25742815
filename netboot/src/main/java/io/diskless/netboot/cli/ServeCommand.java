package io.diskless.netboot.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves until it is ended. */
@Command(name = "serve", description = "Serve DHCP, TFTP and HTTP until interrupted.")
final class ServeCommand extends Serving {
    @Option(names = "--proxy", description = "Another server gives the addresses; only tell PXE clients how to boot.")
    boolean proxyMode;

    @Override
    boolean dryRun() {
        return false;
    }

    @Override
    boolean proxy() {
        return proxyMode;
    }
}
