package io.diskless.benchmarks.lab.site;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** All nodes in this process, each with a thread of its own, on an Ethernet that somebody else brings. Thread-safe. */
public final class LocalFabric implements Fabric {
    private final AgentFactory factory;
    private final String description;
    private final Path logs;
    private final List<LocalNode> nodes = new ArrayList<>();
    private boolean closed;

    /** Makes the program of a node; its port is connected to an Ethernet that the factory knows. */
    @FunctionalInterface
    public interface AgentFactory {
        /**
         * Powers a node on.
         *
         * @param plan the node
         * @return its program
         */
        Agent create(NodePlan plan);
    }

    /**
     * An Ethernet without nodes.
     *
     * @param factory makes their programs
     * @param description what it is, for people
     * @param logs an existing folder for the whole story of what failed
     */
    public LocalFabric(AgentFactory factory, String description, Path logs) {
        this.factory = factory;
        this.description = description;
        this.logs = logs;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public boolean isReal() {
        return false;
    }

    @Override
    public synchronized Node start(NodePlan plan) throws LabException {
        if (closed) {
            throw new LabException(plan.name() + " was not started: the lab is ending");
        }
        LocalNode node = new LocalNode(plan, factory.create(plan), logs.resolve(plan.name() + ".log"));
        nodes.add(node);
        return node;
    }

    @Override
    public void close() {
        List<LocalNode> ending;
        synchronized (this) {
            closed = true;
            ending = List.copyOf(nodes);
            nodes.clear();
        }
        ending.forEach(LocalNode::close);
    }

    private static final class LocalNode implements Node {
        private static final Duration END = Duration.ofSeconds(10);

        private final NodePlan plan;
        private final Agent agent;
        private final Path log;
        private final ExecutorService thread;

        LocalNode(NodePlan plan, Agent agent, Path log) {
            this.plan = plan;
            this.agent = agent;
            this.log = log;
            this.thread = Executors.newSingleThreadExecutor(task -> {
                Thread made = new Thread(task, "lab-" + plan.name());
                made.setDaemon(true);
                return made;
            });
        }

        @Override
        public NodePlan plan() {
            return plan;
        }

        @Override
        public Message call(Message request, Duration limit) throws LabException, InterruptedException {
            if (thread.isShutdown()) {
                throw new LabException(plan.name() + " is gone");
            }
            // Through text and back: what works here works between processes too.
            Message asked = Message.parse(request.toString());
            Future<Message> answer = thread.submit(() -> agent.handle(asked));
            try {
                return Answers.good(
                        plan,
                        Message.parse(answer.get(limit.toNanos(), TimeUnit.NANOSECONDS)
                                .toString()));
            } catch (ExecutionException e) {
                record(e);
                throw new LabException(plan.name() + ": " + reason(e), e);
            } catch (TimeoutException e) {
                answer.cancel(true);
                throw new LabException(plan.name() + " did not answer within " + limit.toSeconds() + " s", e);
            }
        }

        /** The same place where a process leaves its stack traces. */
        private void record(ExecutionException failure) {
            try (PrintStream out = new PrintStream(
                    Files.newOutputStream(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                    false,
                    StandardCharsets.UTF_8)) {
                failure.printStackTrace(out);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }

        private static String reason(ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return cause.getMessage() == null ? cause.toString() : cause.getMessage();
        }

        @Override
        public long kill() {
            long when = System.nanoTime();
            agent.kill();
            thread.shutdownNow();
            return when;
        }

        @Override
        public String where() {
            return "in this process";
        }

        @Override
        public void close() {
            if (thread.isShutdown()) {
                return;
            }
            Future<?> end = thread.submit(() -> {
                agent.close();
                return null;
            });
            thread.shutdown();
            try {
                end.get(END.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                // Its proof is over; what is left of it ends with this process.
                agent.kill();
                thread.shutdownNow();
            } catch (InterruptedException e) {
                agent.kill();
                thread.shutdownNow();
                Thread.currentThread().interrupt();
            }
        }
    }
}
