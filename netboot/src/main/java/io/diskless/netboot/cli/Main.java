package io.diskless.netboot.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.NetbootException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;

/** The root command and the door of the {@code -cli} jar. */
@Command(
        name = "diskless-netboot",
        description = "Boot machines from the network: DHCP, ProxyDHCP, TFTP and HTTP from one decision.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the operation failed",
            "2:the command line or the file of machines is wrong",
            "4:no privilege, a port in use, or no such interface"
        },
        subcommands = {
            ServeCommand.class,
            DryRunCommand.class,
            DecideCommand.class,
            LeasesCommand.class,
            TimelineCommand.class,
            SimulateCommand.class,
            HelpCommand.class
        })
public final class Main {
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int NO_LINK = 4;

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
                .setUsageHelpWidth(110)
                .registerConverter(MacAddress.class, MacAddress::parse)
                .setParameterExceptionHandler((e, a) -> {
                    err.println("diskless-netboot: " + line(e).replaceAll("\\s+", " ") + " (see --help)");
                    return USAGE;
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    err.println("diskless-netboot: " + line(e));
                    return code(e);
                })
                .execute(args);
    }

    private static int code(Exception failure) {
        if (failure instanceof NetbootException e) {
            return e.kind() == NetbootException.Kind.IO ? FAILED : NO_LINK;
        }
        return failure instanceof IllegalArgumentException || failure instanceof ConfigException ? USAGE : FAILED;
    }

    private static String line(Exception failure) {
        String message = failure.getMessage();
        if (failure instanceof NoSuchFileException) {
            return "no such file: " + message;
        }
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        return message.lines().findFirst().orElse(message);
    }

    /** The version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                String.format(Locale.ROOT, "diskless-netboot %s", version == null ? "(not packaged)" : version)
            };
        }
    }
}
