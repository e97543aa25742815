package io.diskless.aoe.cli;

import io.diskless.aoe.initiator.MaskEdit;
import io.diskless.aoe.initiator.TargetControl;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The MAC mask list: to whom a target listens at all. */
@Command(
        name = "mask",
        description = "Read or edit a target's MAC mask list. While it is not empty the target ignores everybody else,"
                + " this machine included.")
final class MaskCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Session session = new Session();

    @Parameters(paramLabel = "SHELF.SLOT", description = "Such as e0.1.")
    private AoeAddress address = new AoeAddress(0, 0);

    @Option(names = "--add", paramLabel = "MAC", description = "Add an address; may be given several times.")
    private List<MacAddress> add = new ArrayList<>();

    @Option(names = "--delete", paramLabel = "MAC", description = "Delete an address; may be given several times.")
    private List<MacAddress> delete = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        List<MaskEdit> edits = new ArrayList<>();
        // Additions first: who replaces himself by another must not be locked out half-way.
        add.forEach(mac -> edits.add(MaskEdit.add(mac)));
        delete.forEach(mac -> edits.add(MaskEdit.delete(mac)));
        try (Session.Open open = session.open()) {
            TargetControl control = open.control(address);
            MacList.print(
                    spec.commandLine().getOut(),
                    session.json(),
                    address,
                    "mask",
                    Session.await(edits.isEmpty() ? control.mask() : control.editMask(edits)));
        }
        return ExitCode.OK.code;
    }
}
