package io.diskless.cluster.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.Oracles;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The programs that own the formats take what we render of a site. */
@RequiresPeer({"drbdadm", "mdadm", "xmllint", "dhcpd", "dnsmasq", "corosync", "o2cb"})
@RequiresNetworkNamespace
class RenderOraclesIT {
    @TempDir
    Path folder;

    /** drbdadm wants the address of the host whose part it plays to be one of its own. */
    @BeforeAll
    static void beTheHost() {
        Processes.run("ip", "address", "replace", "10.0.0.111/32", "dev", "lo").orThrow();
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @ParameterizedTest
    @EnumSource(DrbdDialect.class)
    void drbdadmTakesTheResourcesOfANode(DrbdDialect dialect) throws IOException {
        String text = StorageFiles.drbd(RenderedFilesTest.in(dialect), new NodeId("s1"), RenderedFilesTest::secret);
        List<String> command = new ArrayList<>(List.of("env", "__DRBD_NODE__=s1"));
        if (dialect == DrbdDialect.V9) {
            command.add(Peers.program("drbdadm").toString());
        } else {
            // The older parsers lie outside of every program folder, so they are started by the packages' own loader.
            command.add(Peers.file("lib64/ld-linux-x86-64.so.2").toString());
            command.add("--library-path");
            command.add(Files.readString(Peers.cache().resolve("libraries")));
            command.add(Peers.file("lib/drbd/drbdadm-" + (dialect == DrbdDialect.V8_3 ? "83" : "84"))
                    .toString());
        }
        command.addAll(List.of("-c", file("drbd.conf", text).toString(), "dump", "all"));
        String dump = Processes.run(command).orThrow().output();
        assertThat(dump).contains("resource web1-r", "10.0.0.111:7791", "/dev/vg/web1", "sha256");
    }

    @Test
    void mdadmTakesTheArraysOfANode() throws IOException {
        Path conf = file("mdadm.conf", StorageFiles.mdadm(SampleSite.good(), new NodeId("cfg1")));
        // Its only check is to use the file: with devices that are not there it assembles nothing, and says what it
        // dislikes.
        String said = Processes.run(
                        Peers.program("mdadm").toString(),
                        "--assemble",
                        "--scan",
                        "--config="
                                + Files.writeString(conf, Files.readString(conf).replace("/dev/sd", "/dev/no-such-")))
                .output();
        assertThat(said.lines().filter(line -> !line.isBlank()))
                .allMatch(line -> line.contains("No devices listed in conf") || line.contains("No arrays found"));
    }

    @Test
    void libvirtsSchemaTakesTheGuest() throws IOException {
        for (BootKind boot : RenderedFilesTest.boots()) {
            String text = GuestFiles.libvirt(RenderedFilesTest.booting(boot), new InstanceId("web1"), new NodeId("h1"));
            valid("usr/share/libvirt/schemas/domain.rng", file("web1.xml", text));
        }
    }

    @Test
    void pacemakersSchemaTakesThePair() throws IOException {
        valid(
                "usr/share/pacemaker/pacemaker-3.9.rng",
                file("cib.xml", HaFiles.cib(SampleSite.good(), new PairId("cfg"))));
    }

    @Test
    void corosyncTakesThePair() throws IOException {
        String text = HaFiles.corosync(SampleSite.good(), new PairId("cfg"));
        assertAccepted(Oracles.corosync(file("corosync.conf", text)));
        assertThat(Oracles.corosync(file("wrong.conf", text.replace("nodeid: 2", "nodeid: 1")))
                        .exitCode())
                .isNotZero();
    }

    @Test
    void bothDhcpServersTakeTheHosts() throws IOException {
        String hosts = SiteFiles.dhcpd(SampleSite.good());
        Path dhcpd = file("dhcpd.conf", "subnet 10.0.0.0 netmask 255.255.255.0 { }\n" + hosts);
        Path leases = file("leases", "");
        String program = Peers.program("dhcpd").toString();
        assertAccepted(Processes.run(program, "-4", "-t", "-cf", dhcpd.toString(), "-lf", leases.toString()));
        Path twice = file("twice.conf", Files.readString(dhcpd) + hosts);
        assertThat(Processes.run(program, "-4", "-t", "-cf", twice.toString(), "-lf", leases.toString())
                        .exitCode())
                .isNotZero();
        String lines = SiteFiles.dnsmasq(SampleSite.good());
        assertThat(lines).contains("dhcp-host=");
        String other = Peers.program("dnsmasq").toString();
        assertAccepted(
                Processes.run(other, "--test", "-C", file("dnsmasq.conf", lines).toString()));
        assertThat(Processes.run(
                                other,
                                "--test",
                                "-C",
                                file("wrong.conf", lines + lines).toString())
                        .exitCode())
                .isNotZero();
    }

    @Test
    void o2cbTakesTheCluster() throws IOException {
        OcfsCluster cluster = OcfsCluster.of(
                "web",
                List.of(
                        new OcfsCluster.Member(new NodeId("h2"), 1, Ipv4Address.parse("10.0.0.122"), 7777),
                        new OcfsCluster.Member(new NodeId("h1"), 0, Ipv4Address.parse("10.0.0.121"), 7777)));
        Path conf = file("cluster.conf", SiteFiles.ocfs2(SampleSite.good().with(cluster)));
        Processes.Result said =
                Processes.run(Peers.program("o2cb").toString(), "--config-file=" + conf, "list-cluster", "web");
        assertAccepted(said);
        assertThat(said.output()).contains("h1", "h2");
    }

    private static void assertAccepted(Processes.Result said) {
        assertThat(said.exitCode()).as(said.output()).isZero();
    }

    private static void valid(String schema, Path file) {
        Processes.run(
                        Peers.program("xmllint").toString(),
                        "--noout",
                        "--relaxng",
                        Peers.file(schema).toString(),
                        file.toString())
                .orThrow();
    }
}
