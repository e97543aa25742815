package io.diskless.benchmarks.lab.cloud;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpResponder;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.http.HttpResponder;
import io.diskless.netboot.simulate.BootEnd;
import io.diskless.netboot.simulate.BootRun;
import io.diskless.netboot.simulate.ClientKind;
import io.diskless.netboot.simulate.ClientLink;
import io.diskless.netboot.simulate.MemoryNetwork;
import io.diskless.netboot.simulate.SimulatedClient;
import io.diskless.netboot.simulate.SimulatedMachine;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.diskless.netboot.tftp.TftpResponder;
import io.diskless.netboot.tftp.TftpServerOptions;
import io.diskless.node.BootService;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;

/** The network that machines boot from, in memory: our servers, and machines that are simulated. */
final class BootRoom {
    private static final int NETWORK = 0x0A4D0000;

    private final MemoryNetwork network = new MemoryNetwork();
    private final Random random;
    private final byte[] kernel = new byte[300_000];
    private final byte[] initrd = new byte[700_000];

    BootRoom(long seed) {
        random = new Random(seed);
        random.nextBytes(kernel);
        random.nextBytes(initrd);
    }

    TftpContent files() {
        return TftpContent.memory(Map.of("vmlinuz", kernel, "initrd.img", initrd));
    }

    /** The servers of one ConfigNode; what is attached stays, and is silent once the lease is gone. */
    BootService servers(int number) {
        Inet4Address own = DhcpHeader.address(NETWORK + number);
        URI http = URI.create("http://10.77.0." + number + ":8080/");
        Subnet subnet = Subnet.builder(DhcpHeader.address(NETWORK), 24)
                .pool(DhcpHeader.address(NETWORK + 0x80), DhcpHeader.address(NETWORK + 0xF0))
                .build();
        return (policy, leases, files) -> {
            BootFiles made = new BootFiles(policy, http.toString());
            TftpContent generated =
                    (name, client) -> made.find(name, client.getAddress()).map(TftpData::of);
            TftpContent content = generated.orElse(files);
            synchronized (network) {
                network.attach(new DhcpResponder(
                                DhcpServerOptions.builder()
                                        .link(new DhcpLink("lan", own, subnet))
                                        .http(http)
                                        .build(),
                                policy,
                                leases,
                                Clock.systemUTC()))
                        .attach(new TftpResponder(
                                TftpServerOptions.builder()
                                        .listen(new InetSocketAddress(own, TftpServerOptions.PORT))
                                        .build(),
                                content))
                        .attach(new HttpResponder(content, report -> {}), new InetSocketAddress(own, http.getPort()));
            }
            return () -> {};
        };
    }

    BootRun boot(MacAddress card) throws IOException {
        synchronized (network) {
            try (ClientLink link = network.plug()) {
                return SimulatedClient.boot(SimulatedMachine.of(ClientKind.UEFI_IPXE, card), link, random);
            }
        }
    }

    /** Who booted a machine, and with the right bytes; or why it did not boot. */
    String outcome(BootRun run) {
        if (!(run.end() instanceof BootEnd.Kernel booted)) {
            return run.end() instanceof BootEnd.Nothing ? "nothing" : run.end().toString();
        }
        boolean right = has(run, "vmlinuz", kernel) && has(run, "initrd.img", initrd);
        return (right ? "the right kernel from " : "wrong bytes from ")
                + URI.create(booted.kernel()).getHost();
    }

    private static boolean has(BootRun run, String name, byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return run.files().stream()
                .anyMatch(file -> file.url().endsWith("/" + name)
                        && file.length() == bytes.length
                        && file.crc32() == crc.getValue());
    }
}
