package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.Message;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.netboot.NetbootServer;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.node.BootService;
import io.diskless.node.ConfigHealth;
import io.diskless.node.ConfigNodeRuntime;
import io.diskless.node.ConfigOptions;
import io.diskless.store.zookeeper.ZooKeeperStore;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A ConfigNode: DHCP, TFTP and HTTP on {@code eth0} of its own namespace while it holds the lease of the store. Thread-safe. */
final class ConfigSeat implements Seat {
    private static final int NETWORK = 0x0A4D0000;

    private final String name;
    private final Path folder;
    private final AtomicLong replies = new AtomicLong();
    private final AtomicLong files = new AtomicLong();
    private @Nullable ZooKeeperStore store;
    private @Nullable ConfigNodeRuntime node;

    ConfigSeat(String name, Path folder) {
        this.name = name;
        this.folder = folder;
    }

    @Override
    public synchronized Message handle(Message message) throws Exception {
        switch (message.verb()) {
            case "open" -> open(Integer.parseInt(message.text("number")));
            case "health" -> {
                ConfigHealth health = node().health();
                return Message.ok()
                        .with("serving", health.serving().isPresent())
                        .with("revision", health.revision())
                        .with("trouble", health.trouble())
                        .with("replies", replies)
                        .with("files", files);
            }
            default -> throw new IllegalArgumentException("a ConfigNode does not " + message.verb());
        }
        return Message.ok();
    }

    private void open(int number) throws Exception {
        Inet4Address own = DhcpHeader.address(NETWORK + number);
        Subnet subnet = Subnet.builder(DhcpHeader.address(NETWORK), 24)
                .pool(DhcpHeader.address(NETWORK + 0x80), DhcpHeader.address(NETWORK + 0xF0))
                .build();
        BootService service =
                (policy, leases, content) -> NetbootServer.builder(new DhcpLink("eth0", own, subnet), policy)
                        .leases(leases)
                        .files(content)
                        .dhcpListener(report -> replies.incrementAndGet())
                        .httpListener(report -> {
                            if (report.status() == 200) {
                                files.incrementAndGet();
                            }
                        })
                        .open();
        ZooKeeperStore opened = ZooKeeperStore.open(StoreSeat.options());
        store = opened;
        Path shared = Files.createDirectories(folder.resolve("config"));
        node = ConfigNodeRuntime.open(
                opened,
                new NodeId(name),
                ConfigOptions.builder(service)
                        .files(TftpContent.files(folder.resolve("served")))
                        .leases(shared.resolve("leases"))
                        .lease("serve-boot", Duration.ofSeconds(4))
                        .build());
    }

    private ConfigNodeRuntime node() throws IOException {
        if (node == null) {
            throw new IOException(name + " is not open");
        }
        return node;
    }

    @Override
    public synchronized void close() {
        if (node != null) {
            node.close();
        }
        if (store != null) {
            store.close();
        }
    }
}
