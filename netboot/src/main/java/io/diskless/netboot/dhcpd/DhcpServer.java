package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.NetbootException;
import io.diskless.netboot.boot.BootPolicy;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.Inet4Address;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A DHCPv4 server, or a ProxyDHCP server beside another's, on one link or several. Where Linux and its privileges let it, it
 * hears each interface apart, sends offers straight to machines that have no address yet and shortens iPXE's wait for an
 * IPv6 router; where they do not, it says so in {@link #notes()}, serves one link and broadcasts. Thread-safe.
 */
public final class DhcpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DhcpServer.class);

    private final Talk talk;
    private final DhcpSockets sockets;
    private final List<String> notes;
    private final int port;
    private final Inet4Address address;
    private final EventLoop loop;
    private final @Nullable EventLoopGroup owned;
    private final AtomicBoolean closed = new AtomicBoolean();

    private DhcpServer(
            Talk talk, DhcpSockets sockets, List<String> notes, EventLoop loop, @Nullable EventLoopGroup owned) {
        this.talk = talk;
        this.sockets = sockets;
        this.notes = List.copyOf(notes);
        this.port = sockets.port();
        this.address = sockets.address();
        this.loop = loop;
        this.owned = owned;
    }

    /**
     * Opens a server with a thread of its own, which goes by the system's clock.
     *
     * @param options where it is and whom it serves
     * @param policy what it asks about every message
     * @param store where leases are kept; it stays the caller's, and no other server may use it meanwhile
     * @return the server, listening
     * @throws NetbootException where an address cannot be bound
     */
    public static DhcpServer open(DhcpServerOptions options, BootPolicy policy, LeaseStore store)
            throws NetbootException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("diskless-dhcp", true), NioIoHandler.newFactory());
        try {
            return open(options, policy, store, group, Clock.systemUTC(), group);
        } catch (NetbootException | RuntimeException e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            throw e;
        }
    }

    /**
     * Opens a server on one event loop of a group.
     *
     * @param options where it is and whom it serves
     * @param policy what it asks about every message
     * @param store where leases are kept; it stays the caller's, and is used on that event loop
     * @param group a group of NIO event loops, which stays the caller's
     * @param clock the time that leases go by
     * @return the server, listening
     * @throws NetbootException where an address cannot be bound
     */
    public static DhcpServer open(
            DhcpServerOptions options, BootPolicy policy, LeaseStore store, EventLoopGroup group, Clock clock)
            throws NetbootException {
        return open(options, policy, store, group, clock, null);
    }

    private static DhcpServer open(
            DhcpServerOptions options,
            BootPolicy policy,
            LeaseStore store,
            EventLoopGroup group,
            Clock clock,
            @Nullable EventLoopGroup owned)
            throws NetbootException {
        EventLoop loop = group.next();
        if (loop.inEventLoop()) {
            throw new IllegalStateException("a server cannot be opened on its own event loop");
        }
        List<String> notes = new ArrayList<>();
        RawSends raw = options.raw && !options.dryRun ? RawSends.open(options.links, notes::add) : RawSends.none();
        try {
            Talk talk = new Talk(options, policy, store, raw, loop, clock);
            DhcpSockets sockets = DhcpSockets.open(options, talk, raw, loop, notes);
            notes.forEach(note -> LOG.info("DHCP: {}", note));
            return new DhcpServer(talk, sockets, notes, loop, owned);
        } catch (NetbootException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    /**
     * The port that clients and relays send to.
     *
     * @return the port that was taken
     */
    public int port() {
        return port;
    }

    /**
     * The port that PXE clients ask a boot server at.
     *
     * @return the port that was taken, or 0 where the server does not listen there
     */
    public int bootServerPort() {
        return sockets.bootServerPort();
    }

    /**
     * What the server has done so far.
     *
     * @return a snapshot; each value is true by itself
     */
    public DhcpCounters counters() {
        return talk.counters();
    }

    /**
     * The leases on record, those that are over included.
     *
     * @return a snapshot, in no order; empty once the server is closed
     */
    public List<Lease> leases() {
        return onLoop(talk::leases, Collections.emptyList());
    }

    /**
     * The disks that machines may use, as the listener for roots was told.
     *
     * @return a snapshot; empty once the server is closed
     */
    public Map<MacAddress, List<AoeAddress>> roots() {
        return onLoop(() -> talk.roots().all(), Map.of());
    }

    /**
     * Asks the policy about every machine that was given a root, and takes away what it does not answer any more, at once: also
     * from a machine that runs. Without this, a machine that was given another role keeps its disk until it boots anew.
     *
     * @return how many roots were taken; 0 once the server is closed
     */
    public int reviewRoots() {
        return onLoop(() -> talk.roots().review(), 0);
    }

    /**
     * Gives every machine that has a lease, in time or not, the roots that the policy answers its iPXE now, as if it booted:
     * for a listener that begins with an empty list while machines run, as after a restart. Machines that have roots already are
     * passed over. A ProxyDHCP server has no leases to go by.
     *
     * @return how many roots were given; 0 once the server is closed
     */
    public int restoreRoots() {
        return onLoop(() -> talk.roots().restore(talk.leases()), 0);
    }

    private <T> T onLoop(Callable<T> asked, T closedAnswer) {
        if (closed.get()) {
            return closedAnswer;
        }
        try {
            return loop.inEventLoop()
                    ? asked.call()
                    : loop.submit(asked).syncUninterruptibly().getNow();
        } catch (RejectedExecutionException e) {
            return closedAnswer;
        } catch (Exception e) {
            throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
        }
    }

    /** Stops listening. Returns when every port is closed; later calls do nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (loop.inEventLoop()) {
            throw new IllegalStateException("a server cannot be closed on its own event loop");
        }
        sockets.close();
        if (owned != null) {
            owned.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    /**
     * What the system does not let the server do, and what follows from it.
     *
     * @return sentences for people; empty where nothing is wanting
     */
    public List<String> notes() {
        return notes;
    }

    /**
     * The server's own address, on its first link.
     *
     * @return its identity in replies
     */
    public Inet4Address address() {
        return address;
    }
}
