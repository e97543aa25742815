package io.diskless.cluster.cli;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.importing.HostFiles;
import io.diskless.cluster.importing.SiteImport;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a model of an existing site's files. */
@Command(
        name = "import",
        description =
                "Read all files of all machines, and write one model (JSON); what is wrong with them goes to standard error.",
        footer = {
            "",
            "Each DIR bears a machine's name and holds its files, in any folders below. Files whose mistakes can be corrected for"
                    + " certain (lost tabs, curly quotes, dashes) are read corrected."
        })
final class ImportCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "DIR", description = "The files of one machine.")
    private List<Path> folders = List.of();

    @Option(
            names = "--repaired",
            paramLabel = "FOLDER",
            description = "Where to write the corrected files, with the paths that they were read from.")
    private @Nullable Path repaired;

    @Override
    public Integer call() throws IOException {
        List<HostFiles> hosts = new ArrayList<>();
        for (Path folder : folders) {
            hosts.add(HostFiles.read(folder));
        }
        SiteImport site;
        try {
            site = SiteImport.of(hosts);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
        }
        for (Diagnostic finding : site.findings()) {
            spec.commandLine().getErr().println(finding);
        }
        if (repaired != null) {
            for (Map.Entry<String, ConfigText> text : site.repaired().entrySet()) {
                // Below the folder whatever the path was, so that nothing else is overwritten.
                Path relative = Path.of("/")
                        .relativize(Path.of(text.getKey()).toAbsolutePath().normalize());
                Path file = repaired.resolve(relative);
                Path parent = file.getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                Files.write(file, text.getValue().bytes());
            }
        }
        spec.commandLine().getOut().print(ClusterJson.write(Cluster.of(site.model())));
        spec.commandLine().getOut().flush();
        return site.findings().isEmpty() ? Main.CLEAN : Main.FOUND;
    }
}
