package io.diskless.cluster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.draw.Picture;
import io.diskless.cluster.draw.Pictures;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws sites. */
@Command(
        name = "draw",
        description = "Draw a site, the storage path of a guest, or what differs between two sites.",
        synopsisSubcommandLabel = "PICTURE")
final class DrawCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    enum Format {
        SVG,
        DOT,
        MERMAID;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            scope = picocli.CommandLine.ScopeType.INHERIT,
            description = "svg, dot (Graphviz) or mermaid. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.SVG;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            scope = picocli.CommandLine.ScopeType.INHERIT,
            description = "Where to write it. Default: standard output.")
    private @Nullable Path output;

    static Model model(Path file) throws IOException {
        return ClusterJson.read(file.toString(), ConfigText.read(file).text())
                .cluster()
                .desired();
    }

    private int put(Picture picture) throws IOException {
        String text = switch (format) {
            case SVG -> picture.svg();
            case DOT -> picture.dot();
            case MERMAID -> picture.mermaid();
        };
        if (output == null) {
            spec.commandLine().getOut().print(text);
            spec.commandLine().getOut().flush();
        } else {
            Files.write(output, text.getBytes(UTF_8));
        }
        return Main.CLEAN;
    }

    @Command(name = "site", description = "Machines, segments and guests; by racks where there are many.")
    int site(@Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site) throws IOException {
        return put(Pictures.site(model(site)));
    }

    @Command(name = "path", description = "How a guest comes to its platters, and what may still fail.")
    int path(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "GUEST", description = "Its name.") String guest)
            throws IOException {
        return put(Pictures.storagePath(model(site), new InstanceId(guest)));
    }

    @Command(name = "diff", description = "What is new, gone and changed.")
    int diff(
            @Parameters(paramLabel = "BEFORE", description = "A model (JSON).") Path before,
            @Parameters(paramLabel = "AFTER", description = "Another model (JSON).") Path after)
            throws IOException {
        return put(Pictures.difference(model(before), model(after)));
    }
}
