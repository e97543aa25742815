package io.diskless.cluster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;

/** The root command and the door of the {@code -cli} jar. */
@Command(
        name = "diskless-cluster-model",
        description = "Check, explain, plan, simulate, draw, keep and write a site and its configuration files.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing is wrong",
            "1:something was found",
            "2:a file cannot be read, or the command line is wrong"
        },
        subcommands = {
            CheckCommand.class,
            ImportCommand.class,
            WhyNotCommand.class,
            PlanCommand.class,
            CapacityCommand.class,
            SimulateCommand.class,
            DrawCommand.class,
            ConvertCommand.class,
            RenderCommand.class,
            HistoryCommand.class,
            SchemaCommand.class,
            HelpCommand.class
        })
public final class Main {
    static final int CLEAN = 0;
    static final int FOUND = 1;
    static final int UNREADABLE = 2;

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8), args));
    }

    /** Runs a command in this process; tests call it. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = new CommandLine(new Main());
        CommandLine plan = Objects.requireNonNull(line.getSubcommands().get("plan"), "declared above");
        plan.getCommandSpec()
                .usageMessage()
                .footer(Operations.SYNTAX.stream().map(form -> "  " + form).toArray(String[]::new));
        return line.setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(110)
                .setParameterExceptionHandler((e, a) -> {
                    err.println("diskless-cluster-model: "
                            + String.valueOf(e.getMessage()).replaceAll("\\s+", " ") + " (see --help)");
                    return UNREADABLE;
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    err.println("diskless-cluster-model: " + line(e));
                    // What is read is the user's and may be wrong; anything else is our fault, and still no verdict.
                    return UNREADABLE;
                })
                .execute(args);
    }

    private static String line(Exception failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof NoSuchFileException) {
            return "no such file: " + message;
        }
        if (failure instanceof AccessDeniedException) {
            return "no permission to read " + message;
        }
        return failure instanceof IOException && failure.getMessage() == null
                ? failure.getClass().getSimpleName()
                : message.lines().findFirst().orElse(failure.getClass().getSimpleName());
    }

    /** The version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                String.format(Locale.ROOT, "diskless-cluster-model %s", version == null ? "(not packaged)" : version)
            };
        }
    }
}
