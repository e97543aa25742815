package io.diskless.netboot.dhcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.boot.Firmware;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What captured clients say about themselves. */
class BootFactsVectorsTest {
    private static List<BootFacts> asked(String capture) {
        return Captures.messages(capture).stream()
                .filter(m -> m.header().op() == DhcpFields.REQUEST)
                .map(m -> BootFacts.of(m, "eth0").orElseThrow())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "a-pxelinux, IPXE, BIOS",
        "b-ipxe-http, IPXE, BIOS",
        "d-ovmf-pxe, PXE_FIRMWARE, UEFI_X64",
        "d2-ovmf-ipxe, PXE_FIRMWARE, UEFI_X64",
        "d3-ovmf-ipxerom, IPXE, UEFI_X64",
        "e-ovmf-http, HTTP_FIRMWARE, UEFI_X64"
    })
    void theFirstMessageTellsStageAndFirmware(String capture, BootStage stage, Firmware firmware) {
        BootFacts first = asked(capture).get(0);
        assertThat(first.stage()).isEqualTo(stage);
        assertThat(first.firmware()).contains(firmware);
        assertThat(first.mac()).hasToString("52:54:00:77:00:01");
        assertThat(first.relay()).isEmpty();
    }

    @Test
    void oneMachineIsSeveralClients() {
        assertThat(asked("d2-ovmf-ipxe"))
                .extracting(BootFacts::stage)
                .startsWith(BootStage.PXE_FIRMWARE)
                .contains(BootStage.IPXE)
                .doesNotContain(BootStage.HTTP_FIRMWARE);
    }
}
