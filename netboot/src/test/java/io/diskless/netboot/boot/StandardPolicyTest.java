package io.diskless.netboot.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootAnswer.AddressOnly;
import io.diskless.netboot.boot.BootAnswer.AoeRoot;
import io.diskless.netboot.boot.BootAnswer.Deny;
import io.diskless.netboot.boot.BootAnswer.Ignore;
import io.diskless.netboot.boot.BootAnswer.Kernel;
import io.diskless.netboot.boot.BootAnswer.LocalDisk;
import io.diskless.netboot.boot.BootAnswer.Program;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** One decision by network card, role, and the program that asks. */
class StandardPolicyTest {
    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");
    private static final MacAddress STRANGER = MacAddress.parse("52:54:00:77:00:99");
    private static final AoeRoot DISK = AoeRoot.of(new AoeAddress(0, 1));
    private static final Kernel KERNEL = new Kernel("vmlinuz", List.of("initrd.img"), "console=ttyS0");

    private final HostList hosts = new HostList(List.of(Host.of(RUBY, HostTag.HARDWARE_NODE, "ruby")));
    private final StandardPolicy policy = StandardPolicy.of(
            hosts,
            Map.of(
                    HostTag.HARDWARE_NODE, BootProfile.ipxe(DISK).build(),
                    HostTag.STORAGE_NODE, BootProfile.ipxe(KERNEL).build(),
                    HostTag.INSTANCE,
                            BootProfile.builder()
                                    .program(Firmware.BIOS, "pxelinux.0")
                                    .build()));

    private BootAnswer answer(BootStage stage, int... architecture) {
        OptionalInt number = architecture.length == 0 ? OptionalInt.empty() : OptionalInt.of(architecture[0]);
        return policy.decide(BootFacts.of(RUBY, stage, number)).answer();
    }

    @Test
    void theFirmwareGetsTheProgramOfItsArchitecture() {
        assertThat(answer(BootStage.PXE_FIRMWARE, 0)).isEqualTo(new Program("undionly.kpxe"));
        assertThat(answer(BootStage.PXE_FIRMWARE)).as("an old ROM").isEqualTo(new Program("undionly.kpxe"));
        assertThat(answer(BootStage.PXE_FIRMWARE, 7)).isEqualTo(new Program("ipxe.efi"));
        assertThat(answer(BootStage.PXE_FIRMWARE, 9)).isEqualTo(new Program("ipxe.efi"));
        assertThat(answer(BootStage.HTTP_FIRMWARE, 16)).isEqualTo(new Program("ipxe.efi"));
    }

    @Test
    void anArchitectureWithoutAProgramStillGetsItsAddress() {
        BootDecision decision = policy.decide(BootFacts.of(RUBY, BootStage.PXE_FIRMWARE, OptionalInt.of(11)));
        assertThat(decision.answer()).isEqualTo(new AddressOnly());
        assertThat(decision.because().get(decision.because().size() - 1))
                .isEqualTo("PXE_FIRMWARE asks with architecture 11, for which the profile has no program");
    }

    @Test
    void ipxeGetsTheTargetWhereverItCameFrom() {
        assertThat(answer(BootStage.IPXE, 0)).isEqualTo(DISK);
        assertThat(answer(BootStage.IPXE, 7)).isEqualTo(DISK);
    }

    @Test
    void anOperatingSystemGetsAnAddress() {
        assertThat(answer(BootStage.SYSTEM)).isEqualTo(new AddressOnly());
    }

    @Test
    void anotherTagCountsAtTheNextQuestion() {
        assertThat(answer(BootStage.IPXE)).isEqualTo(DISK);
        hosts.tag(RUBY, HostTag.STORAGE_NODE);
        assertThat(answer(BootStage.IPXE)).isEqualTo(KERNEL);
        hosts.tag(RUBY, HostTag.INSTANCE);
        assertThat(answer(BootStage.IPXE)).as("no target").isEqualTo(new Program("pxelinux.0"));
        hosts.tag(RUBY, HostTag.CONFIG_NODE);
        assertThat(answer(BootStage.IPXE)).as("no profile").isEqualTo(new AddressOnly());
        hosts.remove(RUBY);
        assertThat(answer(BootStage.IPXE)).isInstanceOf(Ignore.class);
    }

    @Test
    void aMachineMayHaveAProfileOfItsOwn() {
        hosts.put(hosts.find(RUBY).orElseThrow().withProfile(BootProfile.always(new Deny("under repair"))));
        for (BootStage stage : BootStage.values()) {
            assertThat(answer(stage)).isEqualTo(new Deny("under repair"));
        }
        hosts.put(hosts.find(RUBY).orElseThrow().withProfile(BootProfile.always(new LocalDisk())));
        assertThat(answer(BootStage.PXE_FIRMWARE, 0)).isEqualTo(new LocalDisk());
    }

    @Test
    void strangersAreIgnoredUnlessThereIsAProfileForThem() {
        BootFacts facts = BootFacts.of(STRANGER, BootStage.IPXE, OptionalInt.empty());
        BootDecision decision = policy.decide(facts);
        assertThat(decision.answer()).isEqualTo(new Ignore("not a known machine"));
        assertThat(decision.because())
                .containsExactly("52:54:00:77:00:99 is not a known machine", "machines that are not known are ignored");
        StandardPolicy open = policy.withStrangers(BootProfile.ipxe(KERNEL).build());
        assertThat(open.decide(facts).answer()).isEqualTo(KERNEL);
    }

    @Test
    void reasonsAreToldInOrder() {
        assertThat(policy.decide(BootFacts.of(RUBY, BootStage.PXE_FIRMWARE, OptionalInt.of(7)))
                        .because())
                .containsExactly(
                        "52:54:00:77:00:01 is ruby, a HardwareNode",
                        "PXE_FIRMWARE asks with architecture 7, whose program is ipxe.efi");
    }

    @Test
    void anAddressIsKeptForItsMachine() {
        hosts.put(hosts.find(RUBY).orElseThrow().withAddress(DhcpHeader.address(0x0A4D0005)));
        assertThat(policy.isKeptFromOthers(DhcpHeader.address(0x0A4D0005), STRANGER))
                .isTrue();
        assertThat(policy.isKeptFromOthers(DhcpHeader.address(0x0A4D0005), RUBY))
                .isFalse();
        assertThat(policy.isKeptFromOthers(DhcpHeader.address(0x0A4D0006), STRANGER))
                .isFalse();
    }

    @Test
    void twoMachinesCannotHaveOneAddress() {
        hosts.put(hosts.find(RUBY).orElseThrow().withAddress(DhcpHeader.address(0x0A4D0005)));
        Host other = Host.of(STRANGER, HostTag.INSTANCE, "crystal").withAddress(DhcpHeader.address(0x0A4D0005));
        assertThatThrownBy(() -> hosts.put(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected one machine for 10.77.0.5");
        assertThat(hosts.find(STRANGER)).isEmpty();
        assertThatThrownBy(() -> new HostList(List.of(other, other))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tagsReadAsPeopleWriteThem() {
        assertThat(HostTag.parse("HardwareNode")).isEqualTo(HostTag.HARDWARE_NODE);
        assertThat(HostTag.parse("storage_node")).isEqualTo(HostTag.STORAGE_NODE);
        assertThatThrownBy(() -> HostTag.parse("HNODE")).hasMessageContaining("got \"HNODE\"");
    }
}
