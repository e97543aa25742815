package io.diskless.benchmarks.lab.site;

/** The Ethernet of the site and the place where its nodes run. Thread-safe. */
public interface Fabric extends AutoCloseable {
    /**
     * What it is, for people.
     *
     * @return for example {@code veth, one network namespace per node}
     */
    String description();

    /**
     * Whether frames pass through the kernel's Ethernet.
     *
     * @return false for the in-memory segment
     */
    boolean isReal();

    /**
     * Powers a node on: its program runs and its port {@code eth0} is connected.
     *
     * @param plan who it is; a node of the same name must have ended before
     * @return the running node
     * @throws LabException if it could not be started
     * @throws InterruptedException if the wait was interrupted
     */
    Node start(NodePlan plan) throws LabException, InterruptedException;

    /** Ends all nodes and the Ethernet. Idempotent. */
    @Override
    void close();
}
