package io.diskless.aoe.cli;

import io.diskless.aoe.initiator.TargetControl;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reserve and release. */
@Command(
        name = "reserve",
        description = "Show, set or release a target's reservation. It is advisory: anybody may force another one.")
final class ReserveCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Session session = new Session();

    @Parameters(paramLabel = "SHELF.SLOT", description = "Such as e0.1.")
    private AoeAddress address = new AoeAddress(0, 0);

    @ArgGroup
    private What what = new What();

    @Option(names = "--force", description = "Even if it is reserved for others.")
    private boolean force;

    /** At most one of them. */
    static final class What {
        @Option(names = "--self", description = "For this machine's interfaces.")
        private boolean self;

        @Option(names = "--for", paramLabel = "MAC", description = "For these addresses; may be given several times.")
        private List<MacAddress> macs = new ArrayList<>();

        @Option(names = "--release", description = "For nobody any more.")
        private boolean release;
    }

    @Override
    public Integer call() throws Exception {
        try (Session.Open open = session.open()) {
            TargetControl control = open.control(address);
            List<MacAddress> macs =
                    what.self ? open.links().stream().map(EthernetLink::address).toList() : what.macs;
            boolean set = what.self || what.release || !what.macs.isEmpty();
            if (force && !set) {
                throw new IllegalArgumentException("--force needs --self, --for or --release");
            }
            MacList.print(
                    spec.commandLine().getOut(),
                    session.json(),
                    address,
                    "reservedFor",
                    Session.await(
                            !set ? control.reservation() : force ? control.forceReserve(macs) : control.reserve(macs)));
        }
        return ExitCode.OK.code;
    }
}
