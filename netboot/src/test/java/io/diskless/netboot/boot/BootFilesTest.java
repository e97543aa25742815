package io.diskless.netboot.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootAnswer.AoeRoot;
import io.diskless.netboot.boot.BootAnswer.Deny;
import io.diskless.netboot.boot.BootAnswer.Kernel;
import io.diskless.netboot.boot.BootAnswer.LocalDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Scripts and configurations come from the decision. */
class BootFilesTest {
    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");
    private static final Kernel KERNEL = new Kernel("k/vmlinuz", List.of("k/initrd.img"), "console=ttyS0");

    private final HostList hosts = new HostList(List.of(Host.of(RUBY, HostTag.HARDWARE_NODE, "ruby")));
    private final BootFiles files = new BootFiles(
            StandardPolicy.of(
                    hosts,
                    Map.of(
                            HostTag.HARDWARE_NODE,
                            BootProfile.ipxe(KERNEL).build(),
                            HostTag.STORAGE_NODE,
                            BootProfile.ipxe(new AoeRoot(new AoeAddress(0, 1), Optional.of(new AoeAddress(1, 1)), true))
                                    .build(),
                            HostTag.INSTANCE,
                            BootProfile.ipxe(new LocalDisk()).build())),
            "http://10.77.0.1/");

    private String text(String name) throws IOException {
        return files.find(name).map(b -> new String(b, StandardCharsets.UTF_8)).orElse("nothing");
    }

    @Test
    void ipxeLoadsAKernelAndTriesAgain() throws IOException {
        assertThat(BootFiles.script(RUBY)).isEqualTo("boot/52-54-00-77-00-01.ipxe");
        assertThat(text(BootFiles.script(RUBY))).isEqualTo("""
                        #!ipxe
                        :retry
                        kernel http://10.77.0.1/k/vmlinuz initrd=initrd.img console=ttyS0 || goto failed
                        initrd http://10.77.0.1/k/initrd.img || goto failed
                        boot || goto failed
                        :failed
                        echo The boot failed, again in 5 seconds
                        sleep 5
                        goto retry
                        """);
    }

    @Test
    void anotherTagIsAnotherScript() throws IOException {
        hosts.tag(RUBY, HostTag.STORAGE_NODE);
        assertThat(text(BootFiles.script(RUBY)))
                .contains("set keep-san 1\nsanboot aoe:e0.1 || sanboot aoe:e1.1 || goto failed\n");
        hosts.tag(RUBY, HostTag.INSTANCE);
        assertThat(text(BootFiles.script(RUBY))).isEqualTo("#!ipxe\nexit\n");
        assertThat(text("pxelinux.cfg/01-52-54-00-77-00-01")).contains("LOCALBOOT 0");
    }

    @Test
    void pxelinuxAndGrubGetTheSameKernel() throws IOException {
        assertThat(text("pxelinux.cfg/01-52-54-00-77-00-01")).isEqualTo("""
                        DEFAULT boot
                        PROMPT 0
                        LABEL boot
                          KERNEL /k/vmlinuz
                          INITRD /k/initrd.img
                          APPEND console=ttyS0
                        """);
        assertThat(text("boot/grub/grub.cfg-01-52-54-00-77-00-01"))
                .isEqualTo("linux /k/vmlinuz console=ttyS0\ninitrd /k/initrd.img\nboot\n");
    }

    @Test
    void argumentsAreTheSameByEachLoader() throws IOException {
        String odd = "memmap=4K$0x10000 a=b;c{d}|e&f name=\"two $words\" -- x#y";
        hosts.put(hosts.all()
                .get(0)
                .withProfile(BootProfile.ipxe(new Kernel("k/vmlinuz", List.of(), odd))
                        .build()));
        assertThat(text("boot/grub/grub.cfg-01-52-54-00-77-00-01"))
                .isEqualTo(
                        "linux /k/vmlinuz memmap=4K\\$0x10000 a=b\\;c\\{d\\}\\|e\\&f name=\"two \\$words\" -- x\\#y\nboot\n");
        assertThat(text("pxelinux.cfg/01-52-54-00-77-00-01")).contains("APPEND " + odd + "\n");
        assertThat(text(BootFiles.script(RUBY))).contains("/k/vmlinuz " + odd + " || goto failed\n");
        for (String taken : List.of("a=${net0/mac}", "a || shell", "&& b", "a ; b", "#note", "a #note")) {
            assertThatThrownBy(() -> new Kernel("vmlinuz", List.of(), taken))
                    .as(taken)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("script");
        }
    }

    @Test
    void othersGetNothing() throws IOException {
        assertThat(text("boot/52-54-00-77-00-99.ipxe")).as("a stranger").isEqualTo("nothing");
        assertThat(text("pxelinux.cfg/default")).isEqualTo("nothing");
        assertThat(text("boot/52-54-00-77-00-01.ipxe.bak")).isEqualTo("nothing");
        hosts.put(hosts.all().get(0).withProfile(BootProfile.always(new Deny("under repair"))));
        assertThatThrownBy(() -> files.find(BootFiles.script(RUBY)))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessageContaining("under repair");
    }

    @Test
    void namesCannotBringCommandsOfTheirOwn() {
        assertThatThrownBy(() -> new Kernel("vmlinuz\nshell", List.of(), ""))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BootAnswer.Program("a\nb")).isInstanceOf(IllegalArgumentException.class);
    }
}
