package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace for a server, joined to this process's own, where the clients are, by a pair of interfaces. Several
 * have numbers, and networks of their own. It vanishes with the process. Confined to one thread.
 */
final class Room implements AutoCloseable {
    static final int PREFIX = 16;
    /** For an emulated machine, where one was asked for. */
    static final String TAP = "t0";

    private static final String BRIDGE = "br0";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Process holder;
    private final int number;
    private final boolean bridged;

    private Room(Process holder, int number, boolean bridged) {
        this.holder = holder;
        this.number = number;
        this.bridged = bridged;
    }

    /** A room, and beside it, where wanted, a plug for an emulated machine on the same wire. */
    static Room open(int number, boolean machine) throws IOException {
        // cat ends when its input does, which is when this process ends.
        Process holder = new ProcessBuilder("unshare", "--net", "/bin/sh", "-c", "echo ready; exec cat")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (holder.getInputStream().read() != 'r') {
            throw new IOException("no network namespace could be made");
        }
        Room room = new Room(holder, number, machine);
        try {
            room.wire(machine);
            return room;
        } catch (IOException | RuntimeException e) {
            room.close();
            throw e;
        }
    }

    String near() {
        return "c" + number;
    }

    String far() {
        return "s" + number;
    }

    /** An address of its network: the last two octets. */
    String address(String end) {
        return "10." + (88 + number) + "." + end;
    }

    /** The server's address, an interface of the room. */
    String server() {
        return address("0.1");
    }

    /** The clients' address, here. */
    String client() {
        return address("0.2");
    }

    private void wire(boolean machine) throws IOException {
        ip("link", "add", near(), "type", "veth", "peer", "name", far());
        ip("link", "set", far(), "netns", Long.toString(holder.pid()));
        ip("link", "set", near(), "up");
        within("ip", "link", "set", "lo", "up");
        within("ip", "link", "set", far(), "up");
        within("ip", "addr", "add", server() + "/" + PREFIX, "dev", far());
        String mine = near();
        if (machine) {
            ip("tuntap", "add", "dev", TAP, "mode", "tap");
            ip("link", "add", BRIDGE, "type", "bridge", "stp_state", "0", "forward_delay", "0", "mcast_snooping", "0");
            for (String port : new String[] {near(), TAP}) {
                ip("link", "set", port, "master", BRIDGE);
                ip("link", "set", port, "up");
            }
            ip("link", "set", BRIDGE, "up");
            // A router needs a network; both kinds of servers have it.
            within("ip", "-6", "addr", "add", "fd00:88::1/64", "dev", far(), "nodad");
            mine = BRIDGE;
        }
        ip("addr", "add", client() + "/" + PREFIX, "dev", mine);
    }

    /** A command that runs in the room. */
    List<String> inside(List<String> command) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net=/proc/" + holder.pid() + "/ns/net", "--"));
        all.addAll(command);
        return all;
    }

    /** Waits until somebody in the room listens at a port. */
    void awaitPort(String protocol, int port, Process server) throws IOException, InterruptedException {
        String wanted = String.format(Locale.ROOT, ":%04X", port);
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (Files.readAllLines(Path.of("/proc", Long.toString(holder.pid()), "net", protocol)).stream()
                .map(line -> line.strip().split("\\s+", -1))
                .noneMatch(words -> words.length > 3
                        && words[1].endsWith(wanted)
                        // A TCP socket that listens, a UDP socket that is bound: include/net/tcp_states.h.
                        && words[3].equals(protocol.equals("tcp") ? "0A" : "07"))) {
            if (!server.isAlive()) {
                throw new IOException("the server ended with exit code " + server.exitValue());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("nobody listens at " + protocol + " port " + port);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Datagrams that came to the room and found no room in a socket's buffer, ever. */
    long overflows() throws IOException {
        return overflows(Path.of("/proc", Long.toString(holder.pid()), "net/snmp"));
    }

    /** The same where the clients are. */
    static long clientOverflows() throws IOException {
        return overflows(Path.of("/proc/self/net/snmp"));
    }

    private static long overflows(Path snmp) throws IOException {
        List<String[]> udp = Files.readAllLines(snmp).stream()
                .filter(line -> line.startsWith("Udp:"))
                .map(line -> line.split(" ", -1))
                .toList();
        return Long.parseLong(udp.get(1)[Arrays.asList(udp.get(0)).indexOf("RcvbufErrors")]);
    }

    private String within(String... command) throws IOException {
        return run(inside(Arrays.asList(command)));
    }

    private static void ip(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(Arrays.asList(words));
        run(command);
    }

    private static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command + ": " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + command);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        try {
            for (String name : bridged ? List.of(near(), TAP, BRIDGE) : List.of(near())) {
                if (Files.readString(Path.of("/proc/self/net/dev")).contains(name + ":")) {
                    ip("link", "delete", name);
                }
            }
        } finally {
            holder.destroyForcibly().onExit().join();
        }
    }
}
