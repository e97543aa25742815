package io.diskless.netboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.timeline.BootEvent;
import io.diskless.netboot.timeline.BootTimelines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A site's JSON decides, a machine that is not there boots by it, and the timeline shows it: all by the command line. */
class SimulateTest {
    private static final Inet4Address LOOPBACK = DhcpHeader.address(0x7F000001);
    private static final String MAC = "52:54:00:77:00:01";

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path site;

    @BeforeEach
    void writeSite() throws IOException {
        site = folder.resolve("site.json");
        HardwareNode node = new HardwareNode(
                new NodeId("ruby"),
                Machine.of("ruby", Nic.of("eth0", MAC, "lan").address("127.7.7.7")),
                Lifecycle.ready(),
                Optional.of(new LayerId("root")),
                Optional.empty(),
                4,
                1 << 30,
                "x86-64-v2");
        Files.writeString(
                site,
                ClusterJson.write(Cluster.of(
                        Model.of(Segment.of("lan"), node, AoeExport.of("root", "e0.7", "s1", "eth0", "lan", "disk")))));
    }

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    @Test
    void aSiteDecides() throws IOException {
        assertThat(run("decide", "-c", site.toString(), "--mac", MAC, "--stage", "IPXE"))
                .isZero();
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString().lines())
                .contains("because " + MAC + " is ruby, a HardwareNode", "address 127.7.7.7")
                .last()
                .asString()
                .startsWith("answer  AoeRoot[path=e0.7");
        Files.writeString(site, "{\n  \"schema\": 1,\n  \"desired\": 7\n}\n");
        assertThat(run("decide", "-c", site.toString(), "--mac", MAC)).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("diskless-netboot: " + site + ":3:")
                .hasLineCount(1);
    }

    @Test
    void aSimulatedMachineBootsAndItsTimelineShowsIt() throws IOException {
        Site hosts = new Site();
        hosts.read(site);
        Path log = folder.resolve("events");
        try (EventLog events = EventLog.append(log)) {
            BootTimelines timelines = new BootTimelines(10, Clock.systemUTC(), event -> write(events, event));
            try (DhcpServer dhcp = DhcpServer.open(
                    DhcpServerOptions.builder()
                            .link(new DhcpLink(
                                    "lo",
                                    LOOPBACK,
                                    Subnet.builder(DhcpHeader.address(0x7F000000), 8)
                                            .build()))
                            .ports(0, 68, 0)
                            .listener(timelines.dhcp())
                            .roots(timelines.roots())
                            .build(),
                    StandardPolicy.of(hosts, Map.of()),
                    LeaseStore.memory())) {
                String server = "127.0.0.1:" + dhcp.port();
                assertThat(run("simulate", "BIOS_IPXE", "--mac", MAC, "--own", "127.0.0.1", "--server", server))
                        .as("%s", out)
                        .isZero();
                assertThat(out.toString().lines())
                        .contains("DISCOVER", "ACK 127.7.7.7")
                        .last()
                        .isEqualTo("end: AoeRoot[disk=e0.7, keepSan=false]");
            }
        }
        assertThat(run("timeline", log.toString(), "--mac", MAC)).isZero();
        assertThat(out.toString()
                        .lines()
                        .map(line -> line.replaceAll("\\+[0-9.]+ s", "T").strip()))
                .contains(
                        "T  DISCOVER by IPXE, architecture 0",
                        "normal: sends its user class without a length, as iPXE does",
                        "T  root aoe:e0.7 given");
        Files.writeString(log, "{\"time\":7}\n");
        assertThat(run("timeline", log.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(log + ":1: expected an event");
    }

    private static void write(EventLog log, BootEvent event) {
        try {
            log.write(event);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void wrongWordsAreOneLine() {
        assertThat(run("simulate", "TOASTER", "--mac", MAC, "--own", "127.0.0.1"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("TOASTER").hasLineCount(1);
        assertThat(run("simulate", "UEFI_PXE", "--mac", MAC, "--own", "127.0.0.1", "--server", "127.0.0.1:99999"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("expected a port from 0 to 65535");
    }
}
