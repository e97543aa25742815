package io.diskless.benchmarks.load.boot;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.NetbootServer;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcpd.DhcpCounters;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseJournal;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Our side of a contest, in a process of its own: one server, or all of them, until it is ended. */
@Command(name = "server")
final class ServerMain implements Callable<Integer> {
    /** What it prints once it serves. */
    static final String READY = "READY";

    /** How its process is started: with little memory, so that what is not bounded shows. */
    static final List<String> SMALL = List.of("-Xmx128m", "-XX:MaxDirectMemorySize=64m", "-XX:+UseSerialGC");

    enum Kind {
        DHCP,
        TFTP,
        HTTP,
        ALL
    }

    @Parameters(index = "0")
    private Kind kind = Kind.ALL;

    @Option(names = "--address")
    private String address = "";

    @Option(names = "--interface")
    private String networkInterface = "";

    @Option(names = "--http-port")
    private int httpPort = HttpContest.PORT;

    @Option(names = "--root")
    private Path root = Path.of(".");

    @Option(names = "--leases")
    private Path leases = Path.of("leases");

    @Option(names = "--unforced", description = "Records reach the disk when the system likes.")
    private boolean unforced;

    @Option(names = "--mac", description = "The machine that boots.")
    private @Nullable String mac;

    @Option(names = "--kernel-arguments")
    private String arguments = "";

    public static void main(String[] args) {
        System.exit(new CommandLine(new ServerMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        switch (kind) {
            case DHCP -> {
                try (LeaseJournal store = unforced ? LeaseJournal.openUnforced(leases) : LeaseJournal.open(leases);
                        DhcpServer server = DhcpServer.open(dhcp(), strangers(), store)) {
                    serve(() -> figures(server.counters()));
                }
            }
            case TFTP -> {
                try (TftpServer server = TftpServer.open(tftp(), TftpContent.files(root))) {
                    serve(() -> "running=" + server.counters().running());
                }
            }
            case HTTP -> {
                try (HttpBootServer server = HttpBootServer.open(
                        new InetSocketAddress(ip(address), httpPort), TftpContent.files(root), report -> {})) {
                    serve(() -> "open=" + server.counters().open());
                }
            }
            case ALL -> {
                try (NetbootServer server = NetbootServer.builder(link(), oneMachine())
                        .files(TftpContent.files(root))
                        .open()) {
                    serve(() -> "answered=" + server.metrics().http().answered());
                }
            }
        }
        return 0;
    }

    private static Inet4Address ip(String text) throws IOException {
        return (Inet4Address) InetAddress.getByName(text);
    }

    /** The one machine's own. */
    private Inet4Address machine() throws IOException {
        byte[] octets = ip(address).getAddress();
        octets[3] = 5;
        return (Inet4Address) InetAddress.getByAddress(octets);
    }

    private DhcpLink link() throws IOException {
        byte[] first = ip(address).getAddress();
        first[2] = 1;
        first[3] = 0;
        byte[] last = first.clone();
        last[2] = (byte) 0xFF;
        last[3] = (byte) 0xFE;
        Subnet subnet = Subnet.builder(ip(address), Room.PREFIX)
                .pool((Inet4Address) InetAddress.getByAddress(first), (Inet4Address) InetAddress.getByAddress(last))
                .build();
        return new DhcpLink(networkInterface, ip(address), subnet);
    }

    private DhcpServerOptions dhcp() throws IOException {
        return DhcpServerOptions.builder().link(link()).build();
    }

    private TftpServerOptions tftp() throws IOException {
        return TftpServerOptions.builder()
                .listen(new InetSocketAddress(ip(address), TftpServerOptions.PORT))
                .maxTransfersPerSource(2000)
                .build();
    }

    private static StandardPolicy strangers() {
        return StandardPolicy.of(new HostList(), Map.of())
                .withStrangers(BootProfile.always(new BootAnswer.AddressOnly()));
    }

    private StandardPolicy oneMachine() throws IOException {
        String card = mac;
        if (card == null) {
            throw new IllegalArgumentException("expected --mac");
        }
        Host host =
                Host.of(MacAddress.parse(card), HostTag.HARDWARE_NODE, "ruby").withAddress(machine());
        BootAnswer kernel = new BootAnswer.Kernel("vmlinuz", List.of("initrd.img"), arguments);
        return StandardPolicy.of(
                new HostList(List.of(host)),
                Map.of(HostTag.HARDWARE_NODE, BootProfile.ipxe(kernel).build()));
    }

    private static String figures(DhcpCounters c) {
        return "received=" + c.received() + " offers=" + c.offers() + " acks=" + c.acks() + " limited=" + c.limited();
    }

    /** Each line asks for a report; the end of the input, which is the end of the contest, is the end. */
    private static void serve(Supplier<String> more) throws IOException {
        System.out.println(READY);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            System.out.println(common() + " " + more.get());
        }
    }

    /** Of the threads that serve: bytes allocated so far; of all: collections, and what is in use after one more. */
    private static String common() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (long id : threads.getAllThreadIds()) {
            ThreadInfo info = threads.getThreadInfo(id);
            if (info != null && info.getThreadName().startsWith("diskless-")) {
                allocated += threads.getThreadAllocatedBytes(id);
            }
        }
        long collections = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += collector.getCollectionCount();
        }
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long direct = ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
                ? provider.metric().usedDirectMemory()
                : 0;
        return "allocated=" + allocated + " collections=" + collections + " heap=" + heap + " direct=" + direct;
    }
}
