package io.diskless.drbd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;

/** The root command and the door of the {@code -cli} jar. */
@Command(
        name = "diskless-drbd",
        description = "Replicate volumes with the DRBD 8.4 protocol, and look at such conversations.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the operation failed",
            "2:the command line or a configuration is wrong",
            "3:no peer, or no answer in time",
            "4:the system lacks something that is needed",
            "5:refused: by the peer, by the present state, or because something is in use",
            "6:data is not what it must be: damaged, different, split brain"
        },
        subcommands = {
            PeerCommand.class,
            CtlCommand.class,
            MetaCommand.class,
            TraceCommand.class,
            StatesCommand.class,
            HelpCommand.class
        })
public final class Main {
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
        return new CommandLine(new Main())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(110)
                .setParameterExceptionHandler((e, a) -> {
                    err.println("diskless-drbd: " + ExitCode.line(e).replaceAll("\\s+", " ") + " (see --help)");
                    return ExitCode.USAGE.code;
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    err.println("diskless-drbd: " + ExitCode.line(e));
                    return ExitCode.of(e).code;
                })
                .execute(args);
    }

    /** The version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                String.format(Locale.ROOT, "diskless-drbd %s", version == null ? "(not packaged)" : version)
            };
        }
    }
}
