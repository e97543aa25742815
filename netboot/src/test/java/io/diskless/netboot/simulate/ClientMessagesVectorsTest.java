package io.diskless.netboot.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.CapturedRequests;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.MachineId;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcp.PxeOptions;
import java.net.Inet4Address;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every simulated client says octet for octet what the real one said, given the same transaction and addresses. */
class ClientMessagesVectorsTest {
    private static final MacAddress MAC = MacAddress.parse("52:54:00:77:00:01");

    @ParameterizedTest
    @CsvSource({
        "a-pxelinux, 3",
        "a2-ra, 3",
        "a3-fast, 2",
        "b-ipxe-http, 3",
        "c-aoe-mbr, 3",
        "c-aoe-sys, 3",
        "c2-ovmf-aoe, 3",
        "d-ovmf-pxe, 2",
        "d2-ovmf-ipxe, 5",
        "d3-ovmf-ipxerom, 3",
        "e-ovmf-http, 2",
        "f-bios-proxy, 3",
        "f-uefi-proxy, 3"
    })
    void dhcp(String capture, int fromBootPrograms) {
        int same = 0;
        for (byte[] payload : CapturedRequests.of(capture)) {
            DhcpMessage real = CapturedRequests.decode(payload);
            if (real.options().vendorClass().isPresent() && !isSystem(real)) {
                assertThat(simulated(real)).as("%s: %s", capture, real).isEqualTo(payload);
                same++;
            }
        }
        assertThat(same).isEqualTo(fromBootPrograms);
    }

    /** The booted system asks too, with a class of its own. */
    private static boolean isSystem(DhcpMessage real) {
        String text = real.options().vendorClass().orElseThrow().text();
        return !text.startsWith("PXEClient") && !text.startsWith("HTTPClient");
    }

    private static byte[] simulated(DhcpMessage real) {
        ClientMessages client = new ClientMessages(
                kind(real),
                MAC,
                real.options().machineId().filter(MachineId::isMeaningful).map(MachineId::uuid));
        int xid = real.header().xid();
        int secs = real.header().secs();
        Inet4Address own = real.header().ciaddr();
        if (!own.equals(DhcpHeader.NO_ADDRESS)) {
            int item = real.options()
                    .find(OptionCodes.VENDOR_SPECIFIC)
                    .flatMap(data -> PxeOptions.parse(data).item())
                    .map(i -> i.type() << 16 | i.layer())
                    .orElse(0);
            return client.bootServerRequest(xid, secs, own, item);
        }
        if (real.options().messageType().orElseThrow() == MessageType.DISCOVER) {
            return client.discover(xid, secs);
        }
        return client.request(
                xid,
                secs,
                real.options().address(OptionCodes.SERVER_ID).orElseThrow(),
                real.options().address(OptionCodes.REQUESTED_ADDRESS).orElseThrow());
    }

    private static ClientKind kind(DhcpMessage real) {
        int architecture = real.options().architecture().orElseThrow();
        if (!real.options().isIpxe()) {
            return architecture == 16 ? ClientKind.UEFI_HTTP : ClientKind.UEFI_PXE;
        }
        boolean rom = real.options().find(OptionCodes.IPXE).orElseThrow().size() == 36;
        return architecture == 0 ? ClientKind.BIOS_IPXE : rom ? ClientKind.UEFI_IPXE_ROM : ClientKind.UEFI_IPXE;
    }

    /** As text with NULs, out of the captures named. */
    @ParameterizedTest
    @CsvSource({
        "IPXE, pxelinux.0, '..pxelinux.0.octet.blksize.1432.tsize.0.', a-pxelinux",
        "PXELINUX, ldlinux.c32, '..ldlinux.c32.octet.tsize.0.blksize.1408.', a-pxelinux",
        "EDK2_PROBE, grub.efi, '..grub.efi.octet.tsize.0.blksize.1468.windowsize.4.', d-ovmf-pxe",
        "EDK2, grub.efi, '..grub.efi.octet.blksize.1468.windowsize.4.', d-ovmf-pxe",
        "GRUB, /vmlinuz, '../vmlinuz.octet.blksize.1024.tsize.0.', d-ovmf-pxe"
    })
    void tftp(TftpStyle style, String file, String printed, String capture) {
        byte[] request = style.request(file);
        assertThat(request).as(capture).startsWith(0, 1);
        // Octets that do not print stand as dots, as a dump shows them; dots of names do too.
        String shown = new String(request, StandardCharsets.US_ASCII).replaceAll("[^ -~]", ".");
        assertThat(shown).isEqualTo(printed);
        assertThat(request[request.length - 1]).isZero();
    }

    @Test
    void http() {
        URI url = URI.create("http://10.77.0.1/grub.efi");
        assertThat(HttpClient.request("HEAD", url, false))
                .asString(StandardCharsets.US_ASCII)
                .as("e-ovmf-http")
                .isEqualTo(head(
                        "HEAD /grub.efi HTTP/1.1", "Host: 10.77.0.1", "Accept: */*", "User-Agent: UefiHttpBoot/1.0"));
        assertThat(HttpClient.request("GET", URI.create("http://10.77.0.1/boot.ipxe"), true))
                .asString(StandardCharsets.US_ASCII)
                .as("a3-fast")
                .isEqualTo(head(
                        "GET /boot.ipxe HTTP/1.1",
                        "Connection: keep-alive",
                        "User-Agent: iPXE/1.0.0+git-20190125.36a4c85-5.1",
                        "Host: 10.77.0.1"));
    }

    private static String head(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    @Test
    void pxelinuxNamesAreTheCapturedOnes() {
        // a-pxelinux: the machine had no UUID.
        assertThat(PxelinuxRun.names(SimulatedMachine.of(ClientKind.BIOS_IPXE, MAC), DhcpHeader.address(0x0A4D0064)))
                .isEqualTo(List.of(
                        "01-52-54-00-77-00-01",
                        "0A4D0064",
                        "0A4D006",
                        "0A4D00",
                        "0A4D0",
                        "0A4D",
                        "0A4",
                        "0A",
                        "0",
                        "default"));
    }
}
