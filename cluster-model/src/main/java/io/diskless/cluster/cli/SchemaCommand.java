package io.diskless.cluster.cli;

import io.diskless.cluster.json.ClusterJson;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the schema of a model file. */
@Command(name = "schema", description = "Print the JSON Schema (2020-12) of a model file.")
final class SchemaCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(ClusterJson.schema());
        spec.commandLine().getOut().flush();
        return Main.CLEAN;
    }
}
