package io.diskless.netboot.cli;

import picocli.CommandLine.Command;

/** Tells what it would say. */
@Command(name = "dry-run", description = "Answer nothing and keep nothing; print what would be said to every message.")
final class DryRunCommand extends Serving {
    @Override
    boolean dryRun() {
        return true;
    }

    @Override
    boolean proxy() {
        return false;
    }
}
