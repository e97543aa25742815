package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.Child;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Namespaces;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Real Ethernet: a namespace with a bridge for each segment, and each machine in a namespace of its own, joined by veth pairs. A
 * namespace lives as long as the process in it. Not thread-safe, but for {@link #close}.
 *
 * <pre>
 *   hub: bridge lan  ── s1, s2, cfg1, cfg2, store: eth0 ── h1, h2, h3: bridge lan ── tap of a machine
 *        bridge san1 ── s1: eth1                        ── h1, h2: bridge san1 ── tap
 *        bridge san2 ── s2: eth1                        ── h1, h2: bridge san2 ── tap
 * </pre>
 */
final class LiveNet implements AutoCloseable {
    /** Where the lab itself is on the LAN, to ping from. */
    static final String OWN_ADDRESS = "10.77.0.254";

    private static final Duration START = Duration.ofSeconds(30);

    private final Namespaces namespaces;
    private final Path logs;
    private final Child hub;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private int cables;
    private boolean closed;

    private LiveNet(Namespaces namespaces, Path logs, Child hub) {
        this.namespaces = namespaces;
        this.logs = logs;
        this.hub = hub;
    }

    static LiveNet open(Namespaces namespaces, Path logs) throws LabException, InterruptedException {
        List<String> command = new ArrayList<>(namespaces.create());
        command.addAll(List.of("sh", "-c", "echo ok; exec cat"));
        Child hub = Child.start("hub", command, logs.resolve("hub.log"));
        try {
            hub.receive(START);
            List<String> lines = new ArrayList<>();
            for (String segment : LiveModel.SEGMENTS) {
                lines.addAll(bridge(segment));
            }
            lines.add("addr add " + OWN_ADDRESS + "/24 dev lan");
            namespaces.ip(hub.pid(), lines.toArray(new String[0]));
            return new LiveNet(namespaces, logs, hub);
        } catch (LabException | InterruptedException e) {
            hub.close();
            throw e;
        }
    }

    private static List<String> bridge(String segment) {
        return List.of(
                "link add " + segment + " mtu " + LiveModel.mtu(segment)
                        + " type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                "link set " + segment + " addrgenmode none",
                "link set " + segment + " up");
    }

    /** A process of the lab's own program, in a namespace of its own with cables to these segments. */
    SeatProcess seat(String kind, String name, int number, Path folder, String... segments)
            throws LabException, InterruptedException {
        List<String> command = new ArrayList<>(namespaces.createBeside(hub.pid()));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Some small JVMs share few cores: no collector threads, a small heap, a quick start.
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx192m",
                "-Xshare:auto",
                "-Dzookeeper.admin.enableServer=false",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SeatMain.class.getName(),
                kind,
                name,
                folder.toString()));
        Child child = add(Child.start(name, command, logs.resolve(name + ".log")));
        SeatProcess seat = new SeatProcess(name, child);
        List<String> inside = new ArrayList<>();
        inside.add("link set lo up");
        for (int i = 0; i < segments.length; i++) {
            cable(name, child.pid(), "eth" + i, segments[i], LiveModel.card(i, number));
            inside.add("link set eth" + i + " addrgenmode none up");
        }
        inside.add("addr add " + LiveModel.address(number) + "/24 dev eth0");
        namespaces.ip(child.pid(), inside.toArray(new String[0]));
        return seat;
    }

    /**
     * A namespace for emulated machines: a bridge for each segment, with a cable to the hub and a tap, {@code tap0} and so on, for
     * the machine's cards.
     *
     * @return its process, which ends with it
     */
    Child host(String name, int number, String... segments) throws LabException, InterruptedException {
        List<String> command = new ArrayList<>(namespaces.createBeside(hub.pid()));
        command.addAll(List.of("sh", "-c", "echo ok; exec cat"));
        Child child = add(Child.start(name, command, logs.resolve(name + ".log")));
        child.receive(START);
        List<String> inside = new ArrayList<>();
        inside.add("link set lo up");
        for (int i = 0; i < segments.length; i++) {
            String segment = segments[i];
            cable(name, child.pid(), "up" + i, segment, LiveModel.card(i, number));
            inside.addAll(bridge(segment));
            inside.add("tuntap add dev tap" + i + " mode tap");
            inside.add("link set tap" + i + " mtu " + LiveModel.mtu(segment));
            for (String port : List.of("up" + i, "tap" + i)) {
                inside.add("link set " + port + " addrgenmode none master " + segment + " up");
            }
        }
        inside.add("addr add " + LiveModel.address(number) + "/24 dev " + segments[0]);
        namespaces.ip(child.pid(), inside.toArray(new String[0]));
        return child;
    }

    private void cable(String name, long pid, String inner, String segment, String mac)
            throws LabException, InterruptedException {
        // The number counts cables, so that a dying one is never in the way.
        String port = name + "-" + ++cables;
        int mtu = LiveModel.mtu(segment);
        namespaces.ip(
                hub.pid(),
                "link add " + port + " mtu " + mtu + " type veth peer name " + inner + " address " + mac + " mtu " + mtu
                        + " netns " + pid,
                "link set " + port + " addrgenmode none master " + segment + " up");
    }

    /** The words before a program that is to run in the hub. */
    List<String> inHub() {
        return namespaces.enter(hub.pid());
    }

    /** The words before a program that is to run beside a process. */
    List<String> in(Child child) {
        return namespaces.enter(child.pid());
    }

    /** Ends with the net, before what was there already. */
    synchronized <T extends AutoCloseable> T add(T child) throws LabException {
        if (closed) {
            try {
                child.close();
            } catch (Exception e) {
                throw new LabException("the lab is ending, and not cleanly", e);
            }
            throw new LabException("the lab is ending");
        }
        open.push(child);
        return child;
    }

    @Override
    public void close() {
        List<AutoCloseable> ending;
        synchronized (this) {
            closed = true;
            ending = List.copyOf(open);
            open.clear();
        }
        // At once, so that one that hangs does not make the others wait.
        ending.parallelStream().forEach(child -> {
            try {
                child.close();
            } catch (Exception e) {
                System.err.println("diskless-lab: not ended cleanly: " + e);
            }
        });
        hub.close();
    }
}
