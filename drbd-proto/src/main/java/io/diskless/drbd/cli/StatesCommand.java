package io.diskless.drbd.cli;

import io.diskless.drbd.state.ConnectionChart;
import io.diskless.drbd.state.ConnectionDrawing;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints or draws the connection states. */
@Command(
        name = "states",
        description = {
            "Print the states of a connection, and what leads from one to another.",
            "Without an option as a table: from, event, to. Drawings leave out what ends a connection in nearly all states."
        })
final class StatesCommand implements Callable<Integer> {
    /** In which form. */
    enum Form {
        TEXT,
        DOT,
        SVG
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--as",
            paramLabel = "FORM",
            description = "${COMPLETION-CANDIDATES}, in lower case too. Default: ${DEFAULT-VALUE}.")
    private Form form = Form.TEXT;

    @Override
    public Integer call() {
        String chart = switch (form) {
            case TEXT -> ConnectionChart.text();
            case DOT -> ConnectionChart.dot();
            case SVG -> ConnectionDrawing.svg();
        };
        spec.commandLine().getOut().print(chart);
        spec.commandLine().getOut().flush();
        return ExitCode.OK.code;
    }
}
