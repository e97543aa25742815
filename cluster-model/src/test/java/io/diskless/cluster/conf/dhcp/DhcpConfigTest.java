package io.diskless.cluster.conf.dhcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.CaptureFiles;
import io.diskless.cluster.conf.ConfigEditor;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.net.MacAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DhcpConfigTest {
    private static ConfigText sample(String name) {
        return ConfigText.decode(name, CaptureFiles.bytes("good/" + name));
    }

    @Test
    void aSemicolonBehindAnOpenQuoteIsNoRepair() {
        ConfigText text = ConfigText.of(
                "dhcpd.conf",
                "host a { hardware e\"thernet 00:16:3e:00:00:10; };\nhost b { hardware ethernet 00:16:3e:00:00:11; }\n");
        assertThat(text.repaired(DhcpdConfig.parse(text).diagnostics())).isEqualTo(text);
    }

    @Test
    void dhcpdHostsInheritFromWhatTheyLieIn() {
        List<DhcpHost> hosts = DhcpdConfig.parse(sample("dhcpd-pxe-hosts.conf")).hosts();
        assertThat(hosts).hasSize(2);
        DhcpHost h2 = hosts.get(1);
        assertThat(h2.name()).isEqualTo("h2");
        assertThat(h2.macs()).containsExactly(MacAddress.parse("00:16:3e:00:00:11"));
        assertThat(h2.addresses()).containsExactly("10.0.0.11", "10.1.0.11");
        assertThat(h2.fileName()).contains("pxelinux.0");
        assertThat(h2.nextServer()).contains("10.0.0.2");
        assertThat(h2.rootPath()).as("of the group").contains("aoe:e0.1");
        assertThat(hosts.get(0).fileName()).isEqualTo(Optional.empty());
    }

    @Test
    void aHostIsAddedWithoutTouchingTheRest() {
        DhcpdConfig config = DhcpdConfig.parse(sample("dhcpd-pxe-hosts.conf"));
        ConfigText changed = new ConfigEditor(config.tree())
                .append(
                        config.tree().all("group").findFirst().orElseThrow(),
                        "host h3 { hardware ethernet 00:16:3e:00:00:12; fixed-address 10.0.0.12; }")
                .apply();
        assertThat(changed.text())
                .isEqualTo(config.text()
                        .text()
                        .replace(
                                "next-server 10.0.0.2; }\n}",
                                "next-server 10.0.0.2; }\n  host h3 { hardware ethernet 00:16:3e:00:00:12;"
                                        + " fixed-address 10.0.0.12; }\n}"));
        assertThat(DhcpdConfig.parse(changed).diagnostics()).isEmpty();
        assertThat(DhcpdConfig.parse(changed).hosts()).hasSize(3);
    }

    @Test
    void certainMistakesOfDhcpdAreRepaired() {
        ConfigText text = ConfigText.of("dhcpd.conf", """
                subnet 10.0.0.0 netmask 255.255.255.0 {}
                host "a" { hardware ethernet 00-16-3E-00-00-10; filename \u201Cpxelinux.0\u201D }
                host b { hardware ethernet 00163e000011; }
                """);
        for (int round = 0; round < 4; round++) {
            text = text.repaired(DhcpdConfig.parse(text).diagnostics());
        }
        assertThat(DhcpdConfig.parse(text).diagnostics()).isEmpty();
        assertThat(text.text())
                .contains("host a { hardware ethernet 00:16:3E:00:00:10; filename \"pxelinux.0\"; }")
                .contains("host b { hardware ethernet 00:16:3e:00:00:11; }");
    }

    @Test
    void dnsmasqHostLinesAreReadByWhatEachFieldIs() {
        DnsmasqConfig config = DnsmasqConfig.parse(sample("dnsmasq-hosts.conf"));
        List<DhcpHost> hosts = config.hosts();
        assertThat(hosts).hasSize(3);
        assertThat(hosts.get(0).name()).isEqualTo("h1");
        assertThat(hosts.get(0).tags()).containsExactly("hnode");
        assertThat(hosts.get(0).addresses()).containsExactly("10.0.0.10");
        assertThat(hosts.get(1).macs())
                .containsExactly(MacAddress.parse("00:16:3e:00:00:11"), MacAddress.parse("00:16:3e:00:00:12"));
        assertThat(hosts.get(2).macs()).as("a wild card is no card").isEmpty();
        ConfigText dashes = ConfigText.of("d", "dhcp-host=00-16-3e-00-00-10,10.0.0.10 # x\n");
        assertThat(dashes.repaired(DnsmasqConfig.parse(dashes).diagnostics()).text())
                .isEqualTo("dhcp-host=00:16:3e:00:00:10,10.0.0.10 # x\n");
    }
}
