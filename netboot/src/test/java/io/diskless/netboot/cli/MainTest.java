package io.diskless.netboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcpd.Lease;
import io.diskless.netboot.dhcpd.LeaseJournal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that need no network, and what a wrong command line is told. */
class MainTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeHosts() throws IOException {
        Files.writeString(folder.resolve("hosts"), """
                # MAC             TAG          NAME  ADDRESS
                52:54:00:77:00:01 HardwareNode ruby  10.77.0.5   # rack 1
                52-54-00-77-00-02 storagenode  crystal

                """);
    }

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private String hosts() {
        return folder.resolve("hosts").toString();
    }

    @Test
    void decideSaysWhatAndWhy() {
        int code = run(
                "decide",
                "-c",
                hosts(),
                "-p",
                "HardwareNode=aoe:e0.1,e1.1",
                "--mac",
                "52:54:00:77:00:01",
                "--arch",
                "7");
        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "because 52:54:00:77:00:01 is ruby, a HardwareNode",
                        "because PXE_FIRMWARE asks with architecture 7, whose program is ipxe.efi",
                        "address 10.77.0.5",
                        "answer  Program[file=ipxe.efi]");
    }

    @Test
    void decideForIpxe() {
        run(
                "decide",
                "-c",
                hosts(),
                "-p",
                "StorageNode=kernel:vmlinuz,initrd.img console=ttyS0",
                "--mac",
                "52:54:00:77:00:02",
                "--stage",
                "IPXE");
        assertThat(out.toString())
                .contains("answer  Kernel[kernel=vmlinuz, initrds=[initrd.img], arguments=console=ttyS0]");
    }

    @Test
    void decideForAStranger() {
        assertThat(run("decide", "-c", hosts(), "--mac", "52:54:00:77:00:99")).isZero();
        assertThat(out.toString()).contains("answer  Ignore[reason=not a known machine]");
    }

    @Test
    void leasesAreListed() throws IOException {
        Path journal = folder.resolve("leases");
        try (LeaseJournal leases = LeaseJournal.open(journal)) {
            leases.commit(
                    List.of(
                            new Lease(
                                    Text.address("10.77.0.5"),
                                    MacAddress.parse("52:54:00:77:00:01"),
                                    0,
                                    Lease.State.BOUND),
                            new Lease(
                                    Text.address("10.77.0.6"),
                                    MacAddress.parse("52:54:00:77:00:02"),
                                    Long.MAX_VALUE,
                                    Lease.State.BOUND)),
                    List::of);
        }
        assertThat(run("leases", journal.toString())).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "10.77.0.5        52:54:00:77:00:01  OVER      1970-01-01T00:00:00Z",
                        "10.77.0.6        52:54:00:77:00:02  BOUND     for ever");
    }

    @Test
    void mistakesAreOneLineWithTheirPlace() throws IOException {
        Files.writeString(folder.resolve("hosts"), "52:54:00:77:00:01 HNODE ruby\n");
        assertThat(run("decide", "-c", hosts(), "--mac", "52:54:00:77:00:01")).isEqualTo(2);
        assertThat(err.toString().strip())
                .startsWith("diskless-netboot: " + hosts() + ":1: expected ConfigNode")
                .doesNotContain("\n");
    }

    @Test
    void anInterfaceThatIsNotThere() {
        assertThat(run("serve", "-c", hosts(), "-i", "nosuch0")).isEqualTo(4);
        assertThat(err.toString().strip()).isEqualTo("diskless-netboot: there is no interface nosuch0");
    }

    @Test
    void whatIsSaidOfNoNetworkThatIsServed() {
        for (String[] option : new String[][] {{"--pool", "10.9.9.1-10.9.9.5"}, {"--router", "10.9.9.1"}}) {
            err.getBuffer().setLength(0);
            assertThat(run("serve", "-c", hosts(), "-i", "lo", option[0], option[1]))
                    .isEqualTo(2);
            assertThat(err.toString().strip())
                    .isEqualTo("diskless-netboot: expected an address of a network that is served for " + option[0]
                            + ", got 10.9.9.1");
        }
    }

    @Test
    void theArchitectureTellsWhoAsks() {
        run(
                "decide",
                "-c",
                hosts(),
                "-p",
                "HardwareNode=program:pxelinux.0,grubx64.efi",
                "--mac",
                "52:54:00:77:00:01",
                "--arch",
                "16");
        assertThat(out.toString())
                .contains("because HTTP_FIRMWARE asks with architecture 16, whose program is grubx64.efi");
    }

    @Test
    void aCertificateNeedsItsKey() throws IOException {
        assertThat(run("serve", "-c", hosts(), "-i", "lo", "--tls-certificate", hosts()))
                .isEqualTo(2);
        assertThat(err.toString().strip())
                .isEqualTo("diskless-netboot: expected both --tls-certificate and --tls-key, got one");
        err.getBuffer().setLength(0);
        assertThat(run("serve", "-c", hosts(), "-i", "lo", "--tls-certificate", hosts(), "--tls-key", hosts()))
                .isEqualTo(2);
        assertThat(err.toString().strip())
                .startsWith("diskless-netboot: expected PEM in " + hosts())
                .doesNotContain("\n");
    }

    @Test
    void aCommandLineThatIsWrong() {
        assertThat(run("decide", "-c", hosts())).isEqualTo(2);
        assertThat(err.toString()).contains("Missing required option: '--mac=MAC'");
        assertThat(run("decide", "-c", hosts(), "-p", "HardwareNode", "--mac", "52:54:00:77:00:01"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("expected TAG=WHAT");
        assertThat(run("leases", folder.resolve("none").toString())).isEqualTo(1);
    }
}
