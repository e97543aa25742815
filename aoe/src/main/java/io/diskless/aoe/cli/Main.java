package io.diskless.aoe.cli;

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
        name = "diskless-aoe",
        description = "Serve and use disks over plain Ethernet (ATA over Ethernet).",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the operation failed",
            "2:the command line is wrong",
            "3:no such target, or no answer in time (a target whose mask or access list leaves this machine out is silent)",
            "4:no privilege, or no such interface",
            "5:the target refused (reserved, read-only, another config string, a full list)",
            "6:data or behaviour is not what it must be (copy differs, check found faults)"
        },
        subcommands = {
            ServeCommand.class,
            DiscoverCommand.class,
            PingCommand.class,
            IdentifyCommand.class,
            ConfigCommand.class,
            MaskCommand.class,
            ReserveCommand.class,
            CheckCommand.class,
            CopyCommand.class,
            BenchCommand.class,
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
                .registerConverter(io.diskless.cluster.net.AoeAddress.class, io.diskless.cluster.net.AoeAddress::parse)
                .registerConverter(io.diskless.cluster.net.MacAddress.class, io.diskless.cluster.net.MacAddress::parse)
                .setParameterExceptionHandler((e, a) -> {
                    err.println("diskless-aoe: " + ExitCode.line(e).replaceAll("\\s+", " ") + " (see --help)");
                    return ExitCode.USAGE.code;
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    err.println("diskless-aoe: " + ExitCode.line(e));
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
                String.format(Locale.ROOT, "diskless-aoe %s", version == null ? "(not packaged)" : version)
            };
        }
    }
}
