package io.diskless.cluster.conf.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.CaptureFiles;
import io.diskless.cluster.conf.ConfigEditor;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.net.MacAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuestConfigTest {
    private static ConfigText sample(String name) {
        return ConfigText.decode(name, CaptureFiles.bytes("good/" + name));
    }

    private static XlDisk disk(String specification) {
        XlConfig config = XlConfig.parseDisk(ConfigText.of("disk", specification));
        assertThat(config.diagnostics()).isEmpty();
        return config.disks().get(0);
    }

    @Test
    void diskSpecificationsAreReadByPositionByKeyAndByPrefix() {
        assertThat(disk("/dev/etherd/e1.1,raw,xvda,ro"))
                .isEqualTo(new XlDisk("/dev/etherd/e1.1", "raw", "xvda", true, Optional.empty(), Optional.empty()));
        assertThat(disk("phy:/dev/etherd/e1.1,xvda,w"))
                .isEqualTo(new XlDisk("/dev/etherd/e1.1", "raw", "xvda", false, Optional.empty(), Optional.empty()));
        assertThat(disk("drbd:store,xvda,w").script()).contains("block-drbd");
        assertThat(disk("backend=snode1,vdev=xvda,target=/dev/drbd0,1").target())
                .as("target takes the rest")
                .isEqualTo("/dev/drbd0,1");
        assertThat(disk("backend=snode1,vdev=xvda,target=/dev/drbd0").backend()).contains("snode1");
    }

    @Test
    void aGuestFileShowsItsValuesAndDisks() {
        XlConfig config = XlConfig.parse(sample("xl-hvm-netboot.cfg"));
        assertThat(config.value("memory")).contains("0x800");
        assertThat(config.value("boot")).contains("n");
        assertThat(config.disks())
                .singleElement()
                .satisfies(d -> assertThat(d.vdev()).isEqualTo("hda"));
    }

    @Test
    void aWrongDiskInAGuestFileIsNamedWhereItIs() {
        XlConfig config = XlConfig.parse(ConfigText.of(
                "web.cfg", "name = 'w'\ndisk = [ 'phy:/dev/x,xvda,w',\n  'vdev=xvdb,frob=1,target=/y' ]\n"));
        assertThat(config.diagnostics())
                .extracting(d -> d.position().toString())
                .containsExactly("web.cfg:3:14");
        assertThat(config.disks()).hasSize(1);
    }

    @Test
    void whatIsNotPythonIsRepaired() {
        ConfigText text = ConfigText.of("g", "name = web1\r\non-crash = \"restart\"\r\nnestedhvm = True\r\n");
        for (int round = 0; round < 4; round++) {
            text = text.repaired(XlConfig.parse(text).diagnostics());
        }
        assertThat(text.text()).isEqualTo("name = \"web1\"\non_crash = \"restart\"\nnestedhvm = 1\n");
        assertThat(XlConfig.parse(text).diagnostics()).isEmpty();
    }

    @Test
    void aDomainShowsWhatItIsAndIsEditedInPlace() {
        LibvirtDomain domain = LibvirtDomain.parse(sample("libvirt-kvm-netboot.xml"));
        assertThat(domain.value("name")).contains("web1");
        assertThat(domain.disks()).extracting(LibvirtDisk::device).containsExactly("/dev/etherd/e1.1");
        assertThat(domain.macs()).containsExactly(MacAddress.parse("00:16:3e:00:00:01"));
        Statement vcpu = domain.tree().statements().get(0).last("vcpu").orElseThrow();
        Statement text = vcpu.last("#text").orElseThrow();
        ConfigText changed = new ConfigEditor(domain.tree())
                .replace(text.arguments().get(0), "4")
                .apply();
        assertThat(changed.text()).isEqualTo(domain.text().text().replace("'static'>2<", "'static'>4<"));
        assertThat(LibvirtDomain.parse(changed).value("vcpu")).contains("4");
    }

    @Test
    void brokenXmlIsNamedWhereItBreaks() {
        LibvirtDomain domain = LibvirtDomain.parse(
                ConfigText.of(
                        "d.xml",
                        "<domain type='kvm'>\n <name>a &frob; b</name>\n <os><type>hvm</os>\n <memory>1</memory>\n</domain>\n"));
        assertThat(domain.diagnostics())
                .extracting(Diagnostic::toString)
                .anySatisfy(d -> assertThat(d).startsWith("d.xml:2:10: error: \"&frob\" is no entity"))
                .anySatisfy(d -> assertThat(d).startsWith("d.xml:3:15: error: type ends with </os>"));
        assertThat(domain.value("memory")).contains("1");
    }
}
