package io.diskless.benchmarks.lab.site;

import java.time.Duration;

/** A node that is a child process. Thread-safe. */
final class ProcessNode implements Node {
    private final NodePlan plan;
    private final Child child;

    ProcessNode(NodePlan plan, Child child) {
        this.plan = plan;
        this.child = child;
    }

    /** The program says by itself, once, that it runs. */
    void greeting(Duration limit) throws LabException, InterruptedException {
        answer(limit);
    }

    @Override
    public NodePlan plan() {
        return plan;
    }

    @Override
    public synchronized Message call(Message request, Duration limit) throws LabException, InterruptedException {
        child.send(request.toString());
        return answer(limit);
    }

    private Message answer(Duration limit) throws LabException, InterruptedException {
        String line = child.receive(limit);
        try {
            return Answers.good(plan, Message.parse(line));
        } catch (IllegalArgumentException e) {
            throw new LabException(plan.name() + " answered nonsense: \"" + line + "\"", e);
        }
    }

    @Override
    public long kill() throws InterruptedException {
        long when = System.nanoTime();
        child.kill();
        return when;
    }

    @Override
    public String where() {
        return "pid " + child.pid();
    }

    @Override
    public void close() {
        child.close();
    }
}
