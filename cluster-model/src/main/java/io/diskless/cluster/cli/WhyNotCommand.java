package io.diskless.cluster.cli;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.Explanation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says why a guest cannot run on a node. */
@Command(
        name = "whynot",
        description = "Say what speaks against running a guest on a node, and the fewest repairs that would allow it.")
final class WhyNotCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The model (JSON).")
    @SuppressWarnings("NullAway.Init") // Required by picocli.
    private Path file;

    @Parameters(index = "1", paramLabel = "GUEST", description = "Name of the guest.")
    private String guest = "";

    @Parameters(index = "2", paramLabel = "NODE", description = "Name of the node.")
    private String node = "";

    @Override
    public Integer call() throws IOException {
        Checked checked;
        try {
            String text = ConfigText.read(file).text();
            checked =
                    Checked.of(ClusterJson.read(file.toString(), text).cluster().desired());
        } catch (ConfigException unreadable) {
            spec.commandLine().getOut().println(unreadable.getMessage());
            return Main.UNREADABLE;
        }
        Explanation why = checked.whyNot(new Operation.StartInstance(new InstanceId(guest), new NodeId(node)));
        spec.commandLine().getOut().println(why);
        return why.isPossible() ? Main.CLEAN : Main.FOUND;
    }
}
