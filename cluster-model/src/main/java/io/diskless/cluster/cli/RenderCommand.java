package io.diskless.cluster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.render.SiteFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes the files that a site's programs read. */
@Command(
        name = "render",
        description = "Write the configuration files that a site should have.",
        synopsisSubcommandLabel = "FORMAT")
final class RenderCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    private int put(String text) {
        spec.commandLine().getOut().print(text);
        spec.commandLine().getOut().flush();
        return Main.CLEAN;
    }

    @Command(name = "ocfs2", description = "The cluster.conf of all members.")
    int ocfs2(@Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site) throws IOException {
        return put(SiteFiles.ocfs2(DrawCommand.model(site)));
    }

    @Command(name = "dhcpd", description = "Hosts of dhcpd.conf.")
    int dhcpd(@Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site) throws IOException {
        return put(SiteFiles.dhcpd(DrawCommand.model(site)));
    }

    @Command(name = "dnsmasq", description = "Hosts of dnsmasq.")
    int dnsmasq(@Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site) throws IOException {
        return put(SiteFiles.dnsmasq(DrawCommand.model(site)));
    }

    @Command(name = "vblade", description = "The exports of a node, one file each.")
    int vblade(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "NODE", description = "Whose.") String node,
            @Parameters(
                            paramLabel = "FOLDER",
                            description = "Where to write them; files of the same name are replaced.")
                    Path folder)
            throws IOException {
        Model model = DrawCommand.model(site);
        NodeId id = new NodeId(node);
        if (!model.contains(id)) {
            throw new IllegalArgumentException("there is no " + id + " in the model");
        }
        Files.createDirectories(folder);
        for (Map.Entry<String, String> file : SiteFiles.vblade(model, id).entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue().getBytes(UTF_8));
        }
        return Main.CLEAN;
    }
}
