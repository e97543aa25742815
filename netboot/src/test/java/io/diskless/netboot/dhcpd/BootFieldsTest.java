package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootAnswer.AoeRoot;
import io.diskless.netboot.boot.BootAnswer.Kernel;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Firmware;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.DhcpOptions;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the boot answer becomes in a reply, for each program that asks. */
class BootFieldsTest {
    private static final DhcpLink LINK = new DhcpLink(
            "br0", ip("10.77.0.1"), Subnet.builder(ip("10.77.0.0"), 24).build());
    private static final Kernel KERNEL = new Kernel("vmlinuz", List.of("initrd.img"), "");

    private static TestClient ruby() {
        return new TestClient("52:54:00:77:00:01");
    }

    private static BootPolicy policy(BootProfile profile) {
        return StandardPolicy.of(
                new HostList(List.of(
                        Host.of(ruby().mac, HostTag.HARDWARE_NODE, "ruby").withAddress(ip("10.77.0.5")))),
                Map.of(HostTag.HARDWARE_NODE, profile));
    }

    private static DhcpServerOptions.Builder options() {
        return DhcpServerOptions.builder().link(LINK);
    }

    private static Arrival in(DhcpMessage message, InetSocketAddress from) {
        return new Arrival(message, BootFacts.of(message, "br0").orElseThrow(), from, LINK, false);
    }

    private static DhcpMessage offer(TestClient client, BootAnswer target, DhcpServerOptions.Builder options) {
        BootProfile profile = BootProfile.ipxe(target)
                .program(Firmware.UEFI_ARM64, "arm64.efi")
                .build();
        Engine engine = new Engine(options.build(), policy(profile), new LeaseTable(), new Offers(10));
        Step step = engine.answer(in(client.says(MessageType.DISCOVER), new InetSocketAddress(ip("0.0.0.0"), 68)), 0);
        return Objects.requireNonNull(step.reply(), step.reason());
    }

    @Test
    void pxeFirmwareGetsTheProgramBothWaysAndNoDiscovery() {
        TestClient client =
                ruby().pxe(7).with(new DhcpOption(OptionCodes.MACHINE_ID, Octets.ofHex("00" + "11".repeat(16))));
        DhcpMessage offer = offer(client, KERNEL, options());
        DhcpOptions o = offer.options();
        assertThat(offer.bootFile()).isEqualTo("ipxe.efi");
        assertThat(o.text(OptionCodes.BOOT_FILE)).contains("ipxe.efi");
        assertThat(o.text(OptionCodes.TFTP_SERVER)).contains("10.77.0.1");
        assertThat(offer.header().siaddr()).isEqualTo(ip("10.77.0.1"));
        assertThat(o.text(OptionCodes.VENDOR_CLASS)).contains("PXEClient");
        assertThat(o.find(OptionCodes.VENDOR_SPECIFIC)).contains(Octets.ofHex("060108ff"));
        assertThat(o.find(OptionCodes.MACHINE_ID)).contains(Octets.ofHex("00" + "11".repeat(16)));
    }

    @Test
    void uefiHttpGetsAUrlWhereThereIsAnHttpServer() {
        DhcpMessage offer = offer(ruby().http(), KERNEL, options().http(URI.create("http://10.77.0.1:8080/")));
        assertThat(offer.options().text(OptionCodes.VENDOR_CLASS)).contains("HTTPClient");
        assertThat(offer.options().text(OptionCodes.BOOT_FILE)).contains("http://10.77.0.1:8080/ipxe.efi");
        DhcpMessage without = offer(ruby().http(), KERNEL, options());
        assertThat(without.bootFile()).isEmpty();
        assertThat(without.options().find(OptionCodes.VENDOR_CLASS)).isEmpty();
    }

    @Test
    void ipxeGetsAScriptAndNoWaitForAProxy() {
        DhcpMessage offer = offer(ruby().ipxe(), KERNEL, options().http(URI.create("http://10.77.0.1/")));
        assertThat(offer.bootFile()).isEqualTo("http://10.77.0.1/boot/52-54-00-77-00-01.ipxe");
        assertThat(offer.options().find(OptionCodes.IPXE)).contains(Octets.ofHex("b00101"));
        assertThat(offer.options().find(OptionCodes.VENDOR_CLASS)).isEmpty();
        assertThat(offer(ruby().ipxe(), KERNEL, options()).bootFile())
                .as("by TFTP")
                .isEqualTo("boot/52-54-00-77-00-01.ipxe");
    }

    @Test
    void anAoeRootIsARootPathAndNoFile() {
        DhcpMessage offer = offer(ruby().ipxe(), new AoeRoot(new AoeAddress(0, 1), Optional.empty(), true), options());
        assertThat(offer.options().text(OptionCodes.ROOT_PATH)).contains("aoe:e0.1");
        assertThat(offer.bootFile()).isEmpty();
        assertThat(offer.options().find(OptionCodes.IPXE)).contains(Octets.ofHex("b00101080101"));
    }

    @Test
    void aSecondPathNeedsAScriptAndNoRootPathBesideIt() {
        AoeRoot two = new AoeRoot(new AoeAddress(0, 1), Optional.of(new AoeAddress(1, 1)), false);
        DhcpMessage offer = offer(ruby().ipxe(), two, options());
        assertThat(offer.options().find(OptionCodes.ROOT_PATH)).isEmpty();
        assertThat(offer.bootFile()).isEqualTo("boot/52-54-00-77-00-01.ipxe");
    }

    @Test
    void aSystemGetsNothingToBoot() {
        DhcpMessage offer = offer(ruby(), KERNEL, options());
        assertThat(offer.bootFile()).isEmpty();
        assertThat(offer.options().codes())
                .doesNotContain(OptionCodes.VENDOR_CLASS, OptionCodes.TFTP_SERVER, OptionCodes.ROOT_PATH);
    }

    @Test
    void aLongUrlGoesToItsOptionAlone() {
        String url = "http://10.77.0.1/" + "a".repeat(120);
        BootProfile profile = BootProfile.builder()
                .program(Firmware.BIOS, url)
                .nulAfterBootFile(true)
                .build();
        Engine engine = new Engine(options().build(), policy(profile), new LeaseTable(), new Offers(10));
        Step step = engine.answer(
                in(ruby().pxe(0).says(MessageType.DISCOVER), new InetSocketAddress(ip("0.0.0.0"), 68)), 0);
        DhcpMessage offer = Objects.requireNonNull(step.reply());
        assertThat(offer.options().find(OptionCodes.BOOT_FILE)).contains(Octets.ofText(url + '\0'));
        assertThat(offer.bootFile()).isEqualTo(url);
    }

    @Test
    void aProxyOffersNoAddressAndAnswersTheBootPortWhereItWasAskedFrom() {
        ProxyEngine proxy = new ProxyEngine(
                options().mode(DhcpMode.PROXY).build(),
                policy(BootProfile.ipxe(KERNEL).build()));
        DhcpMessage discover = ruby().pxe(7).says(MessageType.DISCOVER);
        Step offered = proxy.offer(in(discover, new InetSocketAddress(ip("0.0.0.0"), 68)));
        DhcpMessage offer = Objects.requireNonNull(offered.reply(), offered.reason());
        assertThat(offer.header().yiaddr()).isEqualTo(ip("0.0.0.0"));
        assertThat(offer.options().text(OptionCodes.VENDOR_CLASS)).contains("PXEClient");
        assertThat(offer.bootFile()).isEqualTo("ipxe.efi");
        assertThat(offer.options().find(OptionCodes.LEASE_TIME)).isEmpty();
        assertThat(offered.to()).isEqualTo(new InetSocketAddress(ip("255.255.255.255"), 68));

        DhcpMessage request = ruby().pxe(7)
                .has("10.77.0.5")
                .with(new DhcpOption(OptionCodes.VENDOR_SPECIFIC, Octets.ofHex("470480010000ff")))
                .says(MessageType.REQUEST);
        for (int port : new int[] {68, 4011}) {
            InetSocketAddress from = new InetSocketAddress(ip("10.77.0.5"), port);
            Step step = proxy.boot(in(request, from));
            assertThat(step.to()).isEqualTo(from);
            DhcpMessage ack = Objects.requireNonNull(step.reply());
            assertThat(ack.options().messageType()).contains(MessageType.ACK);
            assertThat(ack.options().find(OptionCodes.VENDOR_SPECIFIC))
                    .contains(Octets.ofHex("060108" + "470480010000" + "ff"));
        }
    }

    @Test
    void aProxyIsSilentTowardOthers() {
        ProxyEngine proxy = new ProxyEngine(
                options().mode(DhcpMode.PROXY).build(),
                policy(BootProfile.ipxe(KERNEL).build()));
        InetSocketAddress nowhere = new InetSocketAddress(ip("0.0.0.0"), 68);
        assertThat(proxy.offer(in(ruby().says(MessageType.DISCOVER), nowhere)).reason())
                .isEqualTo("not a PXE client");
        assertThat(proxy.offer(in(ruby().pxe(0).says(MessageType.REQUEST), nowhere))
                        .reply())
                .isNull();
        assertThat(proxy.offer(in(new TestClient("52:54:00:77:00:99").pxe(0).says(MessageType.DISCOVER), nowhere))
                        .reason())
                .contains("not a known machine");
        assertThat(proxy.offer(in(ruby().pxe(11).says(MessageType.DISCOVER), nowhere))
                        .reason())
                .contains("nothing to load");
    }
}
