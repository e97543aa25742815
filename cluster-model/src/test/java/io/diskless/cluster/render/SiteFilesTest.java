package io.diskless.cluster.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.dhcp.DhcpdConfig;
import io.diskless.cluster.conf.dhcp.DnsmasqConfig;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import io.diskless.cluster.conf.vblade.VbladeConfig;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written is what our readers of the same languages take without a word, and means what the site says. */
class SiteFilesTest {
    private static final NodeId S1 = new NodeId("s1");

    @Test
    void hostsOfBothDhcpServersAreTheSites() {
        String hosts = SiteFiles.dhcpd(SampleSite.good());
        assertThat(hosts)
                .startsWith("host cfg1 {\n  hardware ethernet 52:54:00:a0:00:01;\n")
                .contains("  option host-name \"cfg1\";\n}\n");
        DhcpdConfig dhcpd =
                DhcpdConfig.parse(ConfigText.of("d", "subnet 10.0.0.0 netmask 255.255.255.0 { }\n" + hosts));
        assertThat(dhcpd.diagnostics()).isEmpty();
        DnsmasqConfig dnsmasq = DnsmasqConfig.parse(ConfigText.of("d", SiteFiles.dnsmasq(SampleSite.good())));
        assertThat(dnsmasq.diagnostics()).isEmpty();
        assertThat(dnsmasq.text().text())
                .contains("dhcp-host=52:54:00:a0:00:15,10.0.0.121,h1\n")
                .hasLineCount(6);
    }

    @Test
    void ocfs2IsInTheOrderOfNumbers() {
        OcfsCluster cluster = OcfsCluster.of(
                "web",
                List.of(
                        new OcfsCluster.Member(new NodeId("h2"), 1, Ipv4Address.parse("10.0.0.122"), 7777),
                        new OcfsCluster.Member(new NodeId("h1"), 0, Ipv4Address.parse("10.0.0.121"), 7777)));
        String text = SiteFiles.ocfs2(SampleSite.good().with(cluster));
        Ocfs2Config read = Ocfs2Config.parse(ConfigText.of("cluster.conf", text));
        assertThat(read.diagnostics()).isEmpty();
        assertThat(read.clusters().get(0).nodes()).extracting("name").containsExactly("h1", "h2");
        assertThat(SiteFiles.ocfs2(Model.empty())).isEmpty();
    }

    @Test
    void everyExportOfANodeHasItsFile() {
        AoeExport plain = AoeExport.of("plain", "e9.1", "s1", "eth1", "san", "s1-root")
                .access(new AoeExport.Access.StaticList(List.of(MacAddress.parse("52:54:00:00:00:01"))));
        Model site = SampleSite.good().with(plain);
        assertThat(SiteFiles.vblade(site, S1).keySet())
                .containsExactly("h1-root-e1.conf", "h2-root-e1.conf", "plain.conf", "web1-e1.conf");
        VbladeConfig read = VbladeConfig.parse(
                ConfigText.of("plain.conf", SiteFiles.vblade(site, S1).get("plain.conf")));
        assertThat(read.diagnostics()).isEmpty();
        assertThat(read.export().orElseThrow().filename()).isEqualTo("/dev/sda");
        assertThat(read.export().orElseThrow().options()).isEqualTo("-m 52:54:00:00:00:01");
        assertThat(SiteFiles.vblade(site, S1).get("web1-e1.conf"))
                .isEqualTo("shelf=1\nslot=10\nnetif='eth1'\nfilename='/dev/drbd/by-res/web1-r/0'\n");
        Model elsewhere = site.with(Disk.of("s1-root", "s2", "/dev/sda", SampleSite.GIB));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SiteFiles.vblade(elsewhere, S1))
                .withMessageContaining("has no device on node/s1");
        assertThat(elsewhere.contains(new LayerId("s1-root"))).isTrue();
    }
}
