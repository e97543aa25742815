package io.diskless.node;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.cluster.store.ClusterStore;
import io.diskless.cluster.store.FencingToken;
import io.diskless.cluster.store.Lease;
import io.diskless.cluster.store.StoreException;
import io.diskless.cluster.store.Subscription;
import io.diskless.netboot.NetbootException;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.ClusterHosts;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcpd.LeaseStore;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ConfigNode: it boots the other machines, as the site in the store says now; a machine that is added by its card's address
 * and its tag boots from the next packet on. Of several such nodes on one store one serves: the one that holds the lease of
 * the store. The others stand by, with no port open, and one of them takes over when the lease was given back or has run out.
 * Thread-safe; everything is done by one thread, one after the other.
 *
 * <p>Never do two answer: each single answer is given only while the lease is certain to be held, by a clock that does not
 * depend on the others', and what one has promised is in the leases that the next one opens.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What comes of what is done in turn is told by the health.
public final class ConfigNodeRuntime implements NodeAgent, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigNodeRuntime.class);

    private final NodeId id;
    private final ClusterStore store;
    private final ConfigOptions options;
    private final OrderBook orders;
    private final ScheduledThreadPoolExecutor thread;
    private final Deque<AutoCloseable> servers = new ArrayDeque<>();
    private volatile Cluster site;
    private volatile @Nullable Tenure tenure;
    private volatile String trouble = "";
    private @Nullable Subscription watch;
    private boolean wanted;
    private boolean closed;

    private ConfigNodeRuntime(ClusterStore store, NodeId id, ConfigOptions options, Cluster site) {
        this.id = id;
        this.store = store;
        this.options = options;
        this.site = site;
        wanted = options.automatic();
        orders = new OrderBook(options.memory());
        thread = new ScheduledThreadPoolExecutor(1, work -> {
            Thread made = new Thread(work, "diskless-config-" + id.name());
            made.setDaemon(true);
            return made;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Opens a node, which stands by until it holds the lease.
     *
     * @param store the site; stays the caller's, open until the runtime is closed
     * @param id a ConfigNode of the site
     * @param options servers, and how it runs
     * @return the node
     * @throws NodeException NO_SUCH if there is no such node in the site, NETWORK if the store does not answer
     */
    public static ConfigNodeRuntime open(ClusterStore store, NodeId id, ConfigOptions options) throws NodeException {
        try {
            Cluster site = store.read();
            if (site.desired().get(id, ConfigNode.class).isEmpty()) {
                throw new NodeException(NodeException.Kind.NO_SUCH, "there is no ConfigNode " + id + " in the site");
            }
            ConfigNodeRuntime runtime = new ConfigNodeRuntime(store, id, options, site);
            runtime.watch = store.watch(site.revision() + 1, commit -> runtime.look());
            long third = Math.max(1, options.ttl().toNanos() / 3);
            ScheduledExecutorService turns = runtime.thread;
            turns.scheduleWithFixedDelay(runtime::turn, 0, third, TimeUnit.NANOSECONDS);
            return runtime;
        } catch (StoreException e) {
            throw new NodeException(NodeException.Kind.NETWORK, "the store does not tell the site", e);
        }
    }

    @Override
    public NodeId id() {
        return id;
    }

    /** {@return how the node is now} */
    public ConfigHealth health() {
        Tenure now = tenure;
        Optional<FencingToken> serving = now != null && now.isHeld() ? Optional.of(now.token()) : Optional.empty();
        return new ConfigHealth(id, serving, site.revision(), trouble);
    }

    /** A commit was made: the next packet is answered by it. */
    private void look() {
        try {
            site = store.read();
            thread.execute(() -> options.listener().accept(health()));
        } catch (StoreException e) {
            trouble("the site cannot be read", e);
        } catch (RejectedExecutionException e) {
            LOG.debug("{} is closed, and nobody waits to hear of revision {}", id, site.revision());
        }
    }

    private void trouble(String what, Exception why) {
        String words = what + ": " + why.getMessage();
        if (!words.equals(trouble)) {
            LOG.warn("{}: {}", id, words);
            trouble = words;
        }
    }

    /** Holds the lease, looks for it, or lets go of it. */
    private void turn() {
        Tenure now = tenure;
        try {
            if (now != null) {
                renew(now);
            } else if (wanted) {
                long asked = options.nanos().getAsLong();
                Optional<Lease> lease = store.lease(options.leaseKey(), id.name(), options.ttl());
                if (lease.isPresent()) {
                    serve(new Tenure(lease.get(), options.ttl(), options.nanos(), asked));
                }
            }
        } catch (StoreException e) {
            trouble("the lease cannot be had", e);
        } catch (RuntimeException e) {
            // Or the executor would never call again.
            trouble("a turn failed", e);
        }
    }

    private void renew(Tenure now) throws StoreException {
        try {
            now.renew();
        } catch (StoreException e) {
            // While the store does not answer it may still be ours, and the guards know how long.
            if (e.kind() == StoreException.Kind.FENCED || !now.isHeld()) {
                standBy(now);
            }
            throw e;
        }
    }

    private void serve(Tenure next) throws StoreException {
        try {
            // What was committed before the lease was granted counts, and so does what the last holder promised.
            site = store.read();
            LeaseStore leases = options.leases().open();
            servers.push(leases);
            BootPolicy policy = StandardPolicy.of(new ClusterHosts(() -> site), options.profiles());
            servers.push(options.service().open(next.guard(policy), next.guard(leases), next.guard(options.files())));
            tenure = next;
            trouble = "";
            options.listener().accept(health());
        } catch (NetbootException | StoreException | RuntimeException e) {
            trouble("the boot servers cannot be opened", e);
            closeServers();
            next.giveBack();
        }
    }

    private void standBy(Tenure last) {
        last.end();
        tenure = null;
        closeServers();
        try {
            last.giveBack();
        } catch (StoreException e) {
            trouble("the lease ends by itself", e);
        }
        options.listener().accept(health());
    }

    private void closeServers() {
        for (AutoCloseable each = servers.poll(); each != null; each = servers.poll()) {
            try {
                each.close();
            } catch (Exception e) {
                trouble("a boot server was not closed cleanly", e);
            }
        }
    }

    @Override
    public CompletableFuture<Outcome> perform(NodeOrder order) {
        return orders.take(order, () -> run(order));
    }

    private CompletableFuture<Void> run(NodeOrder order) throws NodeException {
        boolean serves = switch (order.verb()) {
            case SERVE_BOOT -> !order.back();
            case END_BOOT -> order.back();
            // The site is in the store, from which it comes by itself.
            case RECORD, WRITE_HOST_ENTRY -> wanted;
            default ->
                throw new NodeException(
                        NodeException.Kind.NOT_SUPPORTED, "a ConfigNode does not \"" + order.verb() + "\"");
        };
        boolean looks = order.verb() == io.diskless.cluster.plan.Verb.SERVE_BOOT
                || order.verb() == io.diskless.cluster.plan.Verb.END_BOOT;
        CompletableFuture<Void> end = new CompletableFuture<>();
        try {
            thread.execute(() -> {
                if (looks) {
                    wanted = serves;
                    settle(serves, end);
                } else {
                    end.complete(null);
                }
            });
        } catch (RejectedExecutionException e) {
            throw new NodeException(NodeException.Kind.CLOSED, "the runtime of " + id + " is closed", e);
        }
        return end;
    }

    /** Serves, when the lease is free; or is silent at once. */
    private void settle(boolean serves, CompletableFuture<Void> end) {
        Tenure now = tenure;
        if (!serves) {
            if (now != null) {
                standBy(now);
            }
            end.complete(null);
            return;
        }
        if (now == null) {
            turn();
            now = tenure;
        }
        if (now != null && now.isHeld()) {
            end.complete(null);
        } else if (!wanted || closed) {
            end.completeExceptionally(
                    new NodeException(NodeException.Kind.CLOSED, "another step ended what was begun on " + id));
        } else {
            thread.schedule(() -> settle(true, end), options.ttl().toNanos() / 10, TimeUnit.NANOSECONDS);
        }
    }

    /**
     * Ends all answers and gives the lease back, so that another can take over at once. Idempotent; not to be called on the
     * runtime's thread.
     */
    @Override
    public void close() {
        Subscription open = watch;
        if (open != null) {
            open.close();
        }
        try {
            CompletableFuture.runAsync(
                            () -> {
                                closed = true;
                                wanted = false;
                                Tenure now = tenure;
                                if (now != null) {
                                    standBy(now);
                                }
                            },
                            thread)
                    .join();
        } catch (RejectedExecutionException e) {
            return;
        }
        thread.shutdown();
    }
}
