package io.diskless.netboot.cli;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.dhcpd.Lease;
import io.diskless.netboot.dhcpd.LeaseJournal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Who has which address? */
@Command(name = "leases", description = "List the leases of a journal, also while a server writes to it.")
final class LeasesCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The journal.")
    Path journal = Path.of("");

    @Override
    public Integer call() throws NetbootException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        long now = Instant.now().getEpochSecond();
        LeaseJournal.read(journal).stream()
                .sorted(Comparator.comparing(Lease::mac))
                .forEach(lease -> out.printf(
                        "%-15s  %s  %-8s  %s%n",
                        lease.address().getHostAddress(),
                        lease.mac(),
                        lease.state() == Lease.State.BOUND && !lease.holds(now) ? "OVER" : lease.state(),
                        lease.expires() == Long.MAX_VALUE ? "for ever" : Instant.ofEpochSecond(lease.expires())));
        return 0;
    }
}
