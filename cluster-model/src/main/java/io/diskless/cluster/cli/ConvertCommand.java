package io.diskless.cluster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdConversion;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Converts drbd.conf from an older dialect to a newer one. */
@Command(
        name = "convert",
        description = "Write a drbd.conf in a later dialect.",
        footer = {
            "",
            "The text goes to standard output, what a person should look at to standard error. Files that are included are",
            "written to the folder of --output, each under its own name; without it there may be none.",
        })
final class ConvertCommand implements Callable<Integer> {
    private static final String PREFIX = "drbd";

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "What to convert.")
    @SuppressWarnings("NullAway.Init") // Required by picocli.
    private Path file;

    @Option(
            names = "--from",
            paramLabel = "DIALECT",
            description = "drbd8.3, drbd8.4 or drbd9. Default: told by the text.")
    private @Nullable String from;

    @Option(names = "--to", required = true, paramLabel = "DIALECT", description = "drbd8.4 or drbd9.")
    private String to = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Write all files there, none of which may be there yet.")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException {
        ConfigText text = ConfigText.read(file);
        DrbdConfig config = from == null
                ? DrbdConfig.parse(text, IncludeResolver.files())
                : DrbdConfig.parse(text, dialect(from), IncludeResolver.files());
        DrbdConversion converted;
        try {
            converted = DrbdConversion.of(config, dialect(to));
        } catch (ConfigException wrong) {
            for (Diagnostic diagnostic : wrong.diagnostics()) {
                spec.commandLine().getOut().println(diagnostic);
            }
            return Main.FOUND;
        }
        write(converted.texts());
        converted.notes().forEach(note -> spec.commandLine().getErr().println(note));
        return Main.CLEAN;
    }

    private void write(List<ConfigText> texts) throws IOException {
        if (output != null) {
            Files.createDirectories(output);
            for (ConfigText text : texts) {
                Path name = Path.of(text.name()).getFileName();
                Files.write(
                        output.resolve(String.valueOf(name)),
                        text.text().getBytes(UTF_8),
                        java.nio.file.StandardOpenOption.CREATE_NEW);
            }
        } else if (texts.size() == 1) {
            spec.commandLine().getOut().print(texts.get(0).text());
            spec.commandLine().getOut().flush();
        } else {
            throw new ParameterException(
                    spec.commandLine(), file + " includes other files: give a folder with --output");
        }
    }

    private DrbdDialect dialect(String name) {
        try {
            return DrbdDialect.of(name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : "");
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(
                    spec.commandLine(), "\"" + name + "\" is no dialect, expected drbd8.3, drbd8.4 or drbd9", unknown);
        }
    }
}
