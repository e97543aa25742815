package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.internal.ResyncOrder;
import io.diskless.drbd.internal.TransferLog;
import io.diskless.drbd.netty.Connector;
import io.diskless.drbd.netty.LinkOptions;
import io.diskless.drbd.netty.LinkPair;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.StateWord;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a resource is, confined to one thread: its data loop. From StandAlone it looks for the peer when told so, keeps
 * looking when a connection is lost, and ends in StandAlone again when it is told so or when a retry would not help.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class ResourceCore {
    private static final Logger LOG = LoggerFactory.getLogger(DrbdResource.class);

    /** Between the loss of a connection and the next attempt (spec drbd-semantics 8.6). */
    private static final long PAUSE_MILLIS = 1000;

    private volatile DrbdOptions options;
    private final EventLoop loop;
    private final EventLoop metaLoop;
    private final TreeMap<Integer, VolumeCore> volumes = new TreeMap<>();
    private final TransferLog transferLog;
    private final ResyncOrder order;
    private final NetChanges netChanges = new NetChanges(this);
    private final Fencing fencing = new Fencing(this);
    private final Leaving leaving = new Leaving(this);
    private long epoch;
    private final List<Consumer<DrbdEvent>> listeners = new CopyOnWriteArrayList<>();
    private @Nullable Connector connector;
    private @Nullable Link link;
    private CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);
    private boolean wanted;
    private boolean closed;
    private boolean discardMyData;
    private boolean twoPrimaries = true;

    ResourceCore(DrbdOptions options) throws DrbdException {
        this.options = options;
        transferLog = new TransferLog(options.net().maxEpochSize(), 0);
        loop = options.transport().nextDataLoop();
        metaLoop = options.transport().nextMetaLoop();
        for (VolumeOptions v : options.volumes()) {
            volumes.put(v.number(), new VolumeCore(this, v));
        }
        order = order(options.volumes());
    }

    private static ResyncOrder order(Collection<VolumeOptions> volumes) throws DrbdException {
        Map<Integer, Integer> after = new HashMap<>();
        for (VolumeOptions v : volumes) {
            v.resyncAfter().ifPresent(first -> after.put(v.number(), first));
        }
        try {
            return new ResyncOrder(after);
        } catch (IllegalArgumentException e) {
            throw new DrbdException(DrbdException.Kind.CONFIG, e.getMessage() + ": change resync-after", e);
        }
    }

    /** A volume began or ended a resync: those that come after it wait, or go on. */
    void orderResyncs() {
        for (VolumeCore v : volumes.values()) {
            boolean waits = order.mustWait(v.number(), this::resyncs);
            v.become(
                    v.state().withFlags(StateWord.AFTR_ISP, waits),
                    waits ? "the resync of another volume comes first" : "no other resync comes first");
        }
    }

    private boolean resyncs(int number) {
        VolumeCore v = volumes.get(number);
        return v != null
                && switch (v.state().connection()) {
                    case STARTING_SYNC_S,
                            STARTING_SYNC_T,
                            WF_BITMAP_S,
                            WF_BITMAP_T,
                            WF_SYNC_UUID,
                            SYNC_SOURCE,
                            SYNC_TARGET,
                            PAUSED_SYNC_S,
                            PAUSED_SYNC_T -> true;
                    default -> false;
                };
    }

    DrbdOptions options() {
        return options;
    }

    /** Others hold from now on; who changes them sees to it that they do. */
    void options(DrbdOptions changed) {
        options = changed;
    }

    NetChanges netChanges() {
        return netChanges;
    }

    Fencing fencing() {
        return fencing;
    }

    Leaving leaving() {
        return leaving;
    }

    /** Other rates hold for a resync that is under way, and for what comes; the peer is told. */
    void adjust(SyncOptions rates) {
        adopt(rates);
        Link l = link;
        for (VolumeCore v : volumes.values()) {
            if (l != null && l.isIntroduced() && v.peer() != null) {
                Parameters.sendSyncParam(this, l, v.number());
            }
        }
    }

    /** As {@link #adjust}, where the peer knows. */
    void adopt(SyncOptions rates) {
        options = options.toBuilder().sync(rates).build();
        for (VolumeCore v : volumes.values()) {
            if (v.peer() != null) {
                v.resync().target().adjust();
            }
        }
    }

    /** Whether both sides may be Primary now, where the options allow it at all. */
    boolean permitsTwoPrimaries() {
        return twoPrimaries;
    }

    void permitTwoPrimaries(boolean permitted) {
        twoPrimaries = permitted;
    }

    EventLoop loop() {
        return loop;
    }

    ByteBufAllocator allocator() {
        return options.transport().allocator();
    }

    List<Consumer<DrbdEvent>> listeners() {
        return listeners;
    }

    Collection<VolumeCore> volumes() {
        return volumes.values();
    }

    @Nullable
    VolumeCore volume(int number) {
        return volumes.get(number);
    }

    @Nullable
    Link link() {
        return link;
    }

    boolean discardMyData() {
        return discardMyData;
    }

    /** A resync as target has begun: the wish was fulfilled. */
    void forgetDiscard() {
        discardMyData = false;
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether it is about to be closed, if it is not yet: nothing new is begun. */
    boolean isEnding() {
        return closed || leaving.isGoing();
    }

    /** A write of the peer is on the disk. */
    void written(int volume, long offset, long length, WriteTap.Kind kind) {
        WriteTap tap = options.tap();
        if (tap != null) {
            try {
                tap.written(volume, offset, length, kind, epoch);
            } catch (RuntimeException e) {
                LOG.error("the tap of resource {} failed at a write", options.name(), e);
            }
        }
    }

    /** The peer's writes so far are on stable storage, and what follows is later than they are. */
    void epochEnded() {
        WriteTap tap = options.tap();
        if (tap != null) {
            try {
                tap.epochEnded(epoch);
            } catch (RuntimeException e) {
                LOG.error("the tap of resource {} failed at the end of epoch {}", options.name(), epoch, e);
            }
        }
        epoch++;
    }

    /** What the peer has not acknowledged by barrier; the numbers go on over connections, as the kernel's do. */
    TransferLog transferLog() {
        return transferLog;
    }

    /** Runs an operation of a volume on the data loop; where that has ended, the operation fails. */
    void run(Completion done, Runnable work) {
        if (loop.inEventLoop()) {
            work.run();
            return;
        }
        try {
            loop.execute(work);
        } catch (RejectedExecutionException e) {
            done.failed(new BlockException(
                    BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "the resource is closed", e));
        }
    }

    /** Whether this thread is the data loop. */
    boolean isHere() {
        return loop.inEventLoop();
    }

    /** Runs on the data loop: at once if this is it. */
    boolean run(Runnable work) {
        if (loop.inEventLoop()) {
            work.run();
            return true;
        }
        return later(work);
    }

    /**
     * Runs on the data loop, in any case behind what runs now.
     *
     * @return false if the loop has ended and it never will
     */
    boolean later(Runnable work) {
        try {
            loop.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            // The transport was closed before the resource: nothing is left to be told of.
            LOG.debug("resource {}: its loop has ended", options.name(), e);
            return false;
        }
    }

    void event(DrbdEvent event) {
        LOG.debug("{}", event);
        FlightRecorder.event(event);
        for (Consumer<DrbdEvent> l : listeners) {
            try {
                l.accept(event);
            } catch (RuntimeException e) {
                LOG.error("a listener of resource {} failed at {}", options.name(), event, e);
            }
        }
    }

    void note(int volume, String words) {
        event(new DrbdEvent.Note(options.name(), volume, words));
    }

    /** Starts to look for the peer. */
    void connect(boolean discard) {
        if (closed || wanted) {
            return;
        }
        wanted = true;
        discardMyData = discard;
        everywhere(ConnectionState.UNCONNECTED, "connect");
        search();
    }

    private void search() {
        if (!wanted || closed || connector != null || link != null) {
            return;
        }
        NetOptions net = options.net();
        LinkOptions how = new LinkOptions(
                options.local(),
                options.peer(),
                net.connectMode(),
                (int) net.connectInterval().toMillis(),
                (int) (4 * net.pingTimeout().toMillis()),
                (int) net.settle().toMillis(),
                options.random());
        everywhere(ConnectionState.WF_CONNECTION, "looking for the peer");
        Connector fresh = new Connector(options.transport(), how, loop, metaLoop, new Connector.Listener() {
            @Override
            public void connected(LinkPair pair) {
                connector = null;
                if (!wanted) {
                    pair.data().close();
                    pair.meta().close();
                    return;
                }
                Link fresh = new Link(ResourceCore.this, pair);
                link = fresh;
                fresh.start();
            }

            @Override
            public void listenFailed(Throwable cause) {
                note(-1, "cannot listen on " + options.local() + ", trying again: " + cause.getMessage());
            }
        });
        connector = fresh;
        fresh.start();
    }

    private void everywhere(ConnectionState next, String why) {
        for (VolumeCore v : volumes.values()) {
            v.become(v.state().withConnection(next), why);
        }
    }

    /** Both sides know whom they talk to: says what this side is. */
    void introduce(Link fresh) {
        fencing.peerIsBack();
        Parameters.sendProtocol(this, fresh, PacketType.PROTOCOL);
        for (VolumeCore v : volumes.values()) {
            v.linked(fresh);
            Parameters.sendVolume(this, fresh, v);
        }
        everywhere(ConnectionState.WF_REPORT_PARAMS, "introduced");
    }

    /** Called by a link that has ended. */
    void lost(Link old, DrbdException cause, boolean standAlone) {
        if (link != old) {
            return;
        }
        link = null;
        // What it left unfinished has no end.
        epoch++;
        boolean last = standAlone || closed || !wanted;
        if (last) {
            wanted = false;
        }
        ConnectionState how = switch (cause.kind()) {
            case PROTOCOL, INTEGRITY -> ConnectionState.PROTOCOL_ERROR;
            case TIMEOUT -> ConnectionState.NETWORK_FAILURE;
            default -> ConnectionState.BROKEN_PIPE;
        };
        List<LocalWrite> unstable = old.unstable();
        for (VolumeCore v : volumes.values()) {
            boolean leaving = v.state().connection() == ConnectionState.TEAR_DOWN;
            ConnectionState next = last ? ConnectionState.DISCONNECTING : leaving ? ConnectionState.TEAR_DOWN : how;
            v.become(v.state().withConnection(next), String.valueOf(cause.getMessage()));
            v.unlinked(unstable);
        }
        everywhere(last ? ConnectionState.STAND_ALONE : ConnectionState.UNCONNECTED, "the connection ended");
        event(new DrbdEvent.ConnectionLost(options.name(), cause, last));
        fencing.connectionLost();
        if (!last) {
            loop.schedule(
                    this::search,
                    Math.min(PAUSE_MILLIS, options.net().connectInterval().toMillis()),
                    TimeUnit.MILLISECONDS);
        }
    }

    /** A connection is ended only to be made anew, which comes at once; if not, the peer is gone as any other. */
    void reconnects() {
        fencing.reconnects();
        loop.schedule(
                fencing::begin,
                2 * (PAUSE_MILLIS + options.net().connectInterval().toMillis()),
                TimeUnit.MILLISECONDS);
    }

    /** Ends the connection and looks for the peer no more, whatever it says to that. */
    void standAlone() {
        wanted = false;
        if (connector != null) {
            connector.stop();
            connector = null;
        }
        Link l = link;
        if (l != null) {
            l.fail(new DrbdException(DrbdException.Kind.DISCONNECTED, "disconnected by this side"), true);
        } else if (volumes.firstEntry().getValue().state().connection() != ConnectionState.STAND_ALONE) {
            everywhere(ConnectionState.DISCONNECTING, "disconnect");
            everywhere(ConnectionState.STAND_ALONE, "disconnect");
        }
    }

    /** Ends everything, at once; the result ends when no disk is used any more. */
    CompletableFuture<Void> close() {
        if (!closed) {
            closed = true;
            standAlone();
            List<CompletableFuture<Void>> all = new ArrayList<>();
            volumes.values().forEach(v -> all.add(v.close()));
            ended = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
        }
        return ended;
    }
}
