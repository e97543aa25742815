package io.diskless.cluster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.render.GuestFiles;
import io.diskless.cluster.render.HaFiles;
import io.diskless.cluster.render.SiteFiles;
import io.diskless.cluster.render.StorageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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

    @Command(name = "drbd", description = "The resources of a node, in the dialect of its files.")
    int drbd(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "NODE", description = "Whose.") String node,
            @Option(
                            names = "--secrets",
                            required = true,
                            paramLabel = "FOLDER",
                            description =
                                    "Where the shared secrets are, each in a file named as the model refers to it.")
                    Path secrets)
            throws IOException {
        return put(
                StorageFiles.drbd(DrawCommand.model(site), new NodeId(node), reference -> secret(secrets, reference)));
    }

    private static String secret(Path folder, String reference) {
        Path file = folder.resolve(reference).normalize();
        if (!file.startsWith(folder.normalize())) {
            throw new IllegalArgumentException("the secret " + reference + " is not below " + folder);
        }
        try {
            return Files.readString(file).stripTrailing();
        } catch (IOException unreadable) {
            // Not the cause: what a file of secrets holds is nobody's message.
            throw new IllegalArgumentException("cannot read the secret " + file, unreadable);
        }
    }

    @Command(name = "mdadm", description = "The arrays of a node (mdadm.conf).")
    int mdadm(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "NODE", description = "Whose.") String node)
            throws IOException {
        return put(StorageFiles.mdadm(DrawCommand.model(site), new NodeId(node)));
    }

    @Command(name = "xl", description = "A guest as xl create takes it.")
    int xl(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "GUEST", description = "Which.") String guest,
            @Parameters(paramLabel = "HOST", description = "Where it shall run.") String host)
            throws IOException {
        return put(GuestFiles.xl(DrawCommand.model(site), new InstanceId(guest), new NodeId(host)));
    }

    @Command(name = "libvirt", description = "A guest as virsh create takes it.")
    int libvirt(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "GUEST", description = "Which.") String guest,
            @Parameters(paramLabel = "HOST", description = "Where it shall run.") String host)
            throws IOException {
        return put(GuestFiles.libvirt(DrawCommand.model(site), new InstanceId(guest), new NodeId(host)));
    }

    @Command(name = "corosync", description = "The corosync.conf of a pair of ConfigNodes.")
    int corosync(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "PAIR", description = "Which.") String pair)
            throws IOException {
        return put(HaFiles.corosync(DrawCommand.model(site), new PairId(pair)));
    }

    @Command(name = "cib", description = "The Pacemaker configuration of a pair of ConfigNodes.")
    int cib(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "PAIR", description = "Which.") String pair)
            throws IOException {
        return put(HaFiles.cib(DrawCommand.model(site), new PairId(pair)));
    }

    @Command(name = "ha.cf", description = "The ha.cf of a pair of ConfigNodes (Heartbeat 3).")
    int heartbeat(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "PAIR", description = "Which.") String pair)
            throws IOException {
        return put(HaFiles.heartbeat(DrawCommand.model(site), new PairId(pair)));
    }

    @Command(name = "haresources", description = "The haresources of a pair of ConfigNodes (Heartbeat 3).")
    int haresources(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "PAIR", description = "Which.") String pair)
            throws IOException {
        return put(HaFiles.haresources(DrawCommand.model(site), new PairId(pair)));
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
