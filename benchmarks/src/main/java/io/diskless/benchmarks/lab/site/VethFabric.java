package io.diskless.benchmarks.lab.site;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Real Ethernet: a namespace with a bridge, and for each node a process in a namespace of its own, joined by a veth pair.
 *
 * <pre>
 *   hub: bridge "site" ── glouton1 ═ eth0 of glouton (a process in its own namespace)
 *                      ── jade2    ═ eth0 of jade
 *                      ── …                      the number counts power-ons, so a dying pair is never in the way
 * </pre>
 *
 * <p>No name of a namespace is made: a namespace lives as long as the process in it, and so does its end of the pair. The
 * process of the hub only waits for the end of its input. Thread-safe.
 */
public final class VethFabric implements Fabric {
    private static final Duration START = Duration.ofSeconds(30);

    private final Namespaces namespaces;
    private final int mtu;
    private final AgentCommand agent;
    private final Path logs;
    private final Child hub;
    private final Set<Node> nodes = new LinkedHashSet<>();
    private int powerOns;
    private boolean closed;

    /** How the program of a node is started. */
    @FunctionalInterface
    public interface AgentCommand {
        /**
         * The command of a program that speaks {@link Message} lines and first says {@code ok}.
         *
         * @param plan the node
         * @return program and arguments
         */
        List<String> of(NodePlan plan);
    }

    private VethFabric(Namespaces namespaces, int mtu, AgentCommand agent, Path logs, Child hub) {
        this.namespaces = namespaces;
        this.mtu = mtu;
        this.agent = agent;
        this.logs = logs;
        this.hub = hub;
    }

    /**
     * Makes the hub.
     *
     * @param namespaces what the probe found
     * @param mtu of every port
     * @param agent the program of a node
     * @param logs an existing folder for what the programs write to standard error
     * @return an Ethernet without nodes
     * @throws LabException if the system refused
     * @throws InterruptedException if the wait was interrupted
     */
    public static VethFabric open(Namespaces namespaces, int mtu, AgentCommand agent, Path logs)
            throws LabException, InterruptedException {
        List<String> command = new ArrayList<>(namespaces.create());
        command.addAll(List.of("sh", "-c", "echo ok; exec cat"));
        Child hub = Child.start("hub", command, logs.resolve("hub.log"));
        try {
            hub.receive(START);
            namespaces.ip(
                    hub.pid(),
                    "link add site mtu " + mtu + " type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                    "link set site addrgenmode none",
                    "link set site up");
            return new VethFabric(namespaces, mtu, agent, logs, hub);
        } catch (LabException | InterruptedException e) {
            hub.close();
            throw e;
        }
    }

    @Override
    public String description() {
        return "real Ethernet: veth pairs on a bridge, each node a process in its own network namespace"
                + (namespaces.inUserNamespace() ? ", inside a user namespace" : "");
    }

    @Override
    public boolean isReal() {
        return true;
    }

    @Override
    public Node start(NodePlan plan) throws LabException, InterruptedException {
        List<String> command = new ArrayList<>(namespaces.createBeside(hub.pid()));
        command.addAll(agent.of(plan));
        Child child = Child.start(plan.name(), command, logs.resolve(plan.name() + ".log"));
        ProcessNode node = new ProcessNode(plan, child);
        int number;
        synchronized (this) {
            number = ++powerOns;
            if (closed) {
                child.close();
                throw new LabException(plan.name() + " was not started: the lab is ending");
            }
            nodes.add(node);
        }
        node.greeting(START);
        String port = plan.name() + number;
        namespaces.ip(
                hub.pid(),
                "link add " + port + " mtu " + mtu + " type veth peer name eth0 address " + plan.mac() + " mtu " + mtu
                        + " netns " + child.pid(),
                "link set " + port + " addrgenmode none master site up");
        namespaces.ip(child.pid(), "link set eth0 addrgenmode none up");
        return node;
    }

    @Override
    public void close() {
        List<Node> ending;
        synchronized (this) {
            closed = true;
            ending = List.copyOf(nodes);
            nodes.clear();
        }
        // At once, so that a node that hangs does not make the others wait.
        ending.parallelStream().forEach(Node::close);
        hub.close();
    }
}
