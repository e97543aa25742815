package io.diskless.benchmarks.lab;

import io.diskless.aoe.link.EthernetSegment;
import io.diskless.benchmarks.lab.node.ApplicationAgent;
import io.diskless.benchmarks.lab.node.Port;
import io.diskless.benchmarks.lab.node.StorageAgent;
import io.diskless.benchmarks.lab.site.Agent;
import io.diskless.benchmarks.lab.site.Fabric;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.LocalFabric;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.benchmarks.lab.site.Namespaces;
import io.diskless.benchmarks.lab.site.Node;
import io.diskless.benchmarks.lab.site.NodePlan;
import io.diskless.benchmarks.lab.site.SitePlan;
import io.diskless.benchmarks.lab.site.VethFabric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The site of a run: an Ethernet and four nodes with open ports. Not thread-safe. */
final class Site implements AutoCloseable {
    static final Duration ANSWER = Duration.ofSeconds(30);

    private final SitePlan plan;
    private final Fabric fabric;
    private final String remark;
    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, String> links = new HashMap<>();

    private Site(SitePlan plan, Fabric fabric, String remark) {
        this.plan = plan;
        this.fabric = fabric;
        this.remark = remark;
    }

    /** Builds what the options ask for; {@code AUTO} goes on in memory where real Ethernet cannot be had, and says why. */
    static Site build(LabOptions options, SitePlan plan, Workspace workspace, Cleanup cleanup)
            throws LabException, InterruptedException {
        if (options.link() == LabOptions.Link.MEMORY) {
            return inMemory(plan, "asked for by --link memory", workspace, cleanup);
        }
        Namespaces.Probe probe = Namespaces.probe();
        String why = probe.reason();
        if (probe.namespaces().isPresent()) {
            try {
                return powered(
                        plan,
                        VethFabric.open(
                                probe.namespaces().get(), options.mtu(), AgentProcesses::command, workspace.folder()),
                        "",
                        cleanup);
            } catch (LabException e) {
                why = String.valueOf(e.getMessage());
            }
        }
        if (options.link() == LabOptions.Link.VETH) {
            throw new LabException(why);
        }
        return inMemory(plan, why, workspace, cleanup);
    }

    private static Site inMemory(SitePlan plan, String why, Workspace workspace, Cleanup cleanup)
            throws LabException, InterruptedException {
        EthernetSegment segment = EthernetSegment.realTime();
        LocalFabric.AgentFactory factory = node -> {
            Port port = () -> segment.attach(node.name(), node.mac(), plan.mtu());
            Agent agent = node.isStorage() ? new StorageAgent(port) : new ApplicationAgent(port);
            return agent;
        };
        return powered(
                plan,
                new LocalFabric(factory, "an in-memory Ethernet segment, all nodes in one process", workspace.folder()),
                why,
                cleanup);
    }

    private static Site powered(SitePlan plan, Fabric fabric, String remark, Cleanup cleanup)
            throws LabException, InterruptedException {
        cleanup.site(fabric);
        Site site = new Site(plan, fabric, remark);
        try {
            site.powerOnAll();
            return site;
        } catch (LabException | InterruptedException e) {
            fabric.close();
            throw e;
        }
    }

    /** All at once: starting a JVM is mostly waiting. */
    private void powerOnAll() throws LabException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(plan.nodes().size());
        try {
            List<Future<Node>> starting = new ArrayList<>();
            for (NodePlan node : plan.nodes()) {
                starting.add(threads.submit(() -> fabric.start(node)));
            }
            for (int i = 0; i < starting.size(); i++) {
                nodes.put(plan.nodes().get(i).name(), starting.get(i).get());
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LabException known
                    ? known
                    : new LabException(String.valueOf(e.getCause()), e);
        } finally {
            threads.shutdownNow();
        }
        for (Node node : nodes.values()) {
            up(node);
        }
    }

    private void up(Node node) throws LabException, InterruptedException {
        Message answer = node.call(Message.of("up"), ANSWER);
        links.put(node.plan().name(), answer.text("link"));
    }

    /** Powers a node on again that was killed. */
    Node powerOn(NodePlan node) throws LabException, InterruptedException {
        Node started = fabric.start(node);
        nodes.put(node.name(), started);
        up(started);
        return started;
    }

    SitePlan plan() {
        return plan;
    }

    Fabric fabric() {
        return fabric;
    }

    /** Why this is not real Ethernet; empty if it is. */
    String remark() {
        return remark;
    }

    Node node(NodePlan of) {
        Node node = nodes.get(of.name());
        if (node == null) {
            throw new IllegalArgumentException("no node " + of.name());
        }
        return node;
    }

    Message ask(NodePlan who, Message request) throws LabException, InterruptedException {
        return node(who).call(request, ANSWER);
    }

    /** What kind of link a node has, for people. */
    String link(NodePlan of) {
        return links.getOrDefault(of.name(), "no link");
    }

    @Override
    public void close() {
        fabric.close();
    }
}
