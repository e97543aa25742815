package io.diskless.netboot.dhcpd;

import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Another network namespace with one interface {@code c0}, whose other end is a port of ours: clients in it have a kernel of
 * addresses and routes of their own. It vanishes with the test, or with the JVM. Confined to one thread.
 */
public final class ClientRoom implements AutoCloseable {
    private final Process holder;
    private final Netns.Wire wire;
    private final List<Process> started = new ArrayList<>();

    private ClientRoom(Process holder, Netns.Wire wire) {
        this.holder = holder;
        this.wire = wire;
    }

    /** Makes a room whose wire ends at {@code port} here. */
    public static ClientRoom open(String port, String mac) throws IOException {
        // cat ends when its input does, which is when this JVM ends.
        Process holder =
                new ProcessBuilder(program("unshare"), "--net", "/bin/sh", "-c", "echo ready; exec cat").start();
        // The namespace is there once it speaks.
        if (holder.getInputStream().read() != 'r') {
            throw new IOException("no namespace could be made");
        }
        Netns.Wire wire = Netns.veth(port, "c0", 1500);
        Netns.address("c0", mac);
        Netns.ip("link", "set", "c0", "netns", holder.pid());
        ClientRoom room = new ClientRoom(holder, wire);
        room.ip("link", "set", "lo", "up");
        room.ip("link", "set", "c0", "up");
        return room;
    }

    private static String program(String name) {
        return Peers.program(name).toString();
    }

    public void ip(String... words) {
        run(Stream.concat(Stream.of(program("ip")), Stream.of(words)).toArray(String[]::new))
                .orThrow();
    }

    /** Runs a program in the room to its end. */
    public Processes.Result run(String... command) {
        return Processes.run(inside(command));
    }

    /** Starts a program that stays. */
    public Process start(Path log, String... command) throws IOException {
        Process process = new ProcessBuilder(inside(command))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        started.add(process);
        return process;
    }

    private List<String> inside(String... command) {
        List<String> all =
                new ArrayList<>(List.of(program("nsenter"), "--net=/proc/" + holder.pid() + "/ns/net", "--"));
        all.addAll(List.of(command));
        return all;
    }

    @Override
    public void close() {
        started.forEach(ClientRoom::end);
        // The namespace would take its end of the wire along, some time after its holder.
        wire.close();
        end(holder);
    }

    static void end(Process process) {
        process.destroyForcibly();
        process.onExit().join();
    }
}
