package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.netty.Collector;
import io.diskless.drbd.netty.FrameDecoder;
import io.diskless.drbd.netty.FrameSink;
import io.diskless.drbd.netty.LinkPair;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An established pair of sockets from its first packet to its end: what is sent leaves here, what comes in goes to the
 * handshake and then to the {@link PacketDispatch}. Confined to the data loop. It ends once, by {@link #fail}; then nothing of
 * it is called any more.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class Link implements FrameSink {
    private record Fence(int ping, Runnable then) {}

    private static final Logger LOG = LoggerFactory.getLogger(DrbdResource.class);

    /** Acks and answers to pings that a peer may leave unread; far more than a kernel ever waits for. */
    static final int MOST_UNREAD = 4 << 20;

    /** How long a peer may take to close a connection whose end it asked for. */
    private static final long FAREWELL_SECONDS = 5;

    private final ResourceCore core;
    private final LinkPair pair;
    private final FrameDecoder decoder = new FrameDecoder(SocketKind.DATA, this);
    private final LinkHandshake handshake;
    private final MetaPort metaPort;
    private final PacketDispatch dispatch;
    private final AckWriter acks;
    private final StateRequests requests;
    private final ArrayDeque<Fence> fences = new ArrayDeque<>();
    private final Intake intake = new Intake(this);
    private final DataPort port;
    private final Inbox inbox;
    private final LinkWatch watch;
    private @Nullable Integrity integrity;
    private @Nullable PeerWrites writes;
    private @Nullable PeerReads reads;
    private @Nullable SendLog sendLog;
    private Dialect dialect = Dialect.HANDSHAKE;
    private boolean introduced;
    private boolean told;
    private boolean dryRun;
    private boolean leaving;
    private @Nullable Future<?> farewell;
    private boolean dead;
    private long receivedBytes;

    Link(ResourceCore core, LinkPair pair) {
        this.core = core;
        this.pair = pair;
        port = new DataPort(this, pair.data(), intake);
        inbox = new Inbox(pair.data(), intake, this::take);
        watch = new LinkWatch(core, this);
        handshake = new LinkHandshake(core, this);
        dispatch = new PacketDispatch(core, this);
        acks = new AckWriter(this);
        requests = new StateRequests(core, this);
        metaPort = new MetaPort(this, pair.meta(), core.options().net());
    }

    void start() {
        pair.data().closeFuture().addListener(f -> core.run(() -> ended("the peer closed the data socket")));
        pair.meta().closeFuture().addListener(f -> core.run(() -> ended("the peer closed the meta socket")));
        if (!dead) {
            handshake.start();
            Collector.handOver(pair.data(), decoder);
        }
    }

    ResourceCore core() {
        return core;
    }

    Dialect dialect() {
        return dialect;
    }

    boolean resolveConflicts() {
        return pair.resolveConflicts();
    }

    boolean isIntroduced() {
        return introduced;
    }

    long sentBytes() {
        return port.sentBytes();
    }

    long receivedBytes() {
        return receivedBytes;
    }

    boolean isDead() {
        return dead;
    }

    AckWriter acks() {
        return acks;
    }

    Intake intake() {
        return intake;
    }

    /** Whether the peer has said how it is configured, which is the first that it says behind the handshake. */
    boolean isTold() {
        return told;
    }

    void told(boolean asks) {
        told = true;
        dryRun = asks;
    }

    /** Whether the peer only wants to know what would follow from the comparison (connect --tentative). */
    boolean isDryRun() {
        return dryRun;
    }

    StateRequests requests() {
        return requests;
    }

    MetaPort metaPort() {
        return metaPort;
    }

    /** Both sides agreed: from the next header on, both sockets speak this. */
    void agreed(Dialect agreed) {
        dialect = agreed;
        decoder.expect(agreed);
    }

    /** The handshake is over: configuration was sent, everything else may come, the meta socket comes to life. */
    void introduced() {
        introduced = true;
        integrity = new Integrity(
                this, dialect.hasIntegrity() ? core.options().net().dataIntegrityAlg() : Optional.empty());
        writes = new PeerWrites(core, this);
        reads = new PeerReads(core, this);
        sendLog = new SendLog(core, this);
        metaPort.start(dialect, dispatch);
        watch.begin();
    }

    /** The peer lets acks or answers to pings lie. */
    void unread() {
        fail(
                new DrbdException(
                        DrbdException.Kind.TIMEOUT,
                        "the peer reads nothing from the meta socket: more than " + MOST_UNREAD + " bytes wait"),
                false);
    }

    /** How far the socket has got with what was sent, as far as that can be told; it grows while the peer reads. */
    long drained() {
        return port.drained();
    }

    /** A buffer with a header in it, for a payload of that many bytes; {@code room} of them go into this buffer. */
    ByteBuf begin(PacketType type, int volume, int length, int room) {
        return port.begin(type, volume, length, room);
    }

    ByteBuf begin(PacketType type, int volume, int length) {
        return begin(type, volume, length, length);
    }

    /**
     * As {@link #begin(PacketType, int, int, int)}, for what is small and leaves together with its neighbours. When it is
     * written, and before anything else is sent, {@link #appended()} says so.
     */
    ByteBuf append(PacketType type, int volume, int length, int room) {
        return port.append(type, volume, length, room);
    }

    /** What was begun last with {@link #append} is written. */
    void appended() {
        port.appended(0);
    }

    /** As {@link #appended()}, for what answers a request of so many bytes: they count until the socket has taken it. */
    void appendedAnswer(long counted) {
        port.appended(counted + Intake.EACH);
    }

    /** Sends a packet, or a piece of one, on the data socket; it leaves at the end of the batch at the latest. */
    void send(ByteBuf bytes) {
        port.send(bytes);
    }

    /** As {@link #send}, for what the peer has asked for: it counts as taken in until the socket has taken it. */
    void answer(ByteBuf bytes) {
        int size = bytes.readableBytes();
        intake.take(size);
        answer(bytes, size);
    }

    /** As {@link #answer(ByteBuf)}, where so many bytes were counted for it already. */
    void answer(ByteBuf bytes, long counted) {
        port.send(bytes, counted + Intake.EACH);
    }

    /** Whether the peer takes in what is sent; if not, what can wait should. */
    boolean isWritable() {
        return port.isWritable();
    }

    /** Runs when the peer takes in again what is sent. */
    void whenWritable(Runnable then) {
        port.whenWritable(then);
    }

    @Override
    public void writable() {
        if (!dead) {
            port.writable();
        }
    }

    /** Runs when the peer has answered a ping that is sent now: all that it sent before is here then. */
    void fence(Runnable then) {
        metaPort.ping(number -> fences.add(new Fence(number, then)));
    }

    void onPingAck(int number) {
        while (!fences.isEmpty() && number - fences.peek().ping >= 0) {
            fences.remove().then.run();
        }
    }

    PeerWrites writes() {
        return Objects.requireNonNull(writes, "not introduced");
    }

    PeerReads reads() {
        return Objects.requireNonNull(reads, "not introduced");
    }

    SendLog sendLog() {
        return Objects.requireNonNull(sendLog, "not introduced");
    }

    /** The connection ended: what was sent and is not known to be stable at the peer, once. */
    List<LocalWrite> unstable() {
        return sendLog == null ? List.of() : sendLog.drain();
    }

    Integrity integrity() {
        return Objects.requireNonNull(integrity, "not introduced");
    }

    /** Whether a write completes only with the peer's word. */
    boolean waitsForPeer() {
        return core.options().net().protocol() != ReplicationProtocol.A;
    }

    /** The flags of a write (spec drbd-wire 8.1). */
    int writeFlags(VolumeState state, boolean fua) {
        ConnectionState c = state.connection();
        boolean syncing = c.isAtLeast(ConnectionState.SYNC_SOURCE) && !c.isAtLeast(ConnectionState.AHEAD);
        int flags = fua && dialect.hasWriteFlags() ? PeerWrites.DP_FUA : 0;
        if (syncing) {
            flags |= PeerWrites.DP_MAY_SET_IN_SYNC;
        }
        if (dialect.hasAckFlags()) {
            ReplicationProtocol protocol = core.options().net().protocol();
            if (syncing || protocol == ReplicationProtocol.C) {
                flags |= PeerWrites.DP_SEND_WRITE_ACK;
            } else if (protocol == ReplicationProtocol.B) {
                flags |= PeerWrites.DP_SEND_RECEIVE_ACK;
            }
        }
        return flags;
    }

    /** Whether a write with these flags is answered when the peer has received it. */
    boolean takesReceipt(int flags) {
        return dialect.hasAckFlags()
                ? (flags & PeerWrites.DP_SEND_RECEIVE_ACK) != 0
                : core.options().net().protocol() == ReplicationProtocol.B;
    }

    /** What the peer sent has to become durable before anything that it sends behind it is looked at. */
    void stall() {
        inbox.stall();
    }

    /** Ends a {@link #stall}. */
    void resume() {
        inbox.resume();
    }

    /** The reasons not to look at what the peer sends have changed. */
    void goOn() {
        inbox.goOn();
    }

    /** The peer was granted its disconnect: what it still sends means nothing, and it will close the sockets. */
    void peerLeaves() {
        leaving = true;
        if (!dead) {
            farewell = core.loop().schedule(() -> ended("the peer disconnected"), FAREWELL_SECONDS, TimeUnit.SECONDS);
        }
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Ends the connection. */
    void fail(DrbdException cause, boolean standAlone) {
        if (!dead) {
            dead = true;
            decoder.stop();
            handshake.close();
            metaPort.stop();
            watch.end();
            if (farewell != null) {
                farewell.cancel(false);
            }
            acks.close();
            if (reads != null) {
                reads.close();
            }
            inbox.close();
            port.close();
            if (standAlone) {
                // The peer has yet to read from the data socket what makes it StandAlone too. A meta socket that ends
                // before
                // that tells a kernel of a failure of the network, and it tries for ever.
                Future<?> end = pair.meta()
                        .eventLoop()
                        .schedule(
                                () -> pair.meta().close(),
                                core.options().net().pingTimeout().toMillis(),
                                TimeUnit.MILLISECONDS);
                pair.meta().closeFuture().addListener(f -> end.cancel(false));
            } else {
                pair.meta().close();
            }
            core.lost(this, cause, standAlone);
            requests.close(cause);
        }
    }

    void protocolError(String why) {
        fail(new DrbdException(DrbdException.Kind.PROTOCOL, why), false);
    }

    @Override
    public void ended(String why) {
        fail(new DrbdException(DrbdException.Kind.DISCONNECTED, why), false);
    }

    /** A mistake on this side of the wire: what the packet has changed so far is not known, so nothing is built on it. */
    void broken(PacketType type, RuntimeException mistake) {
        LOG.error("resource {}: {} could not be handled", core.options().name(), type.label(), mistake);
        fail(new DrbdException(DrbdException.Kind.PROTOCOL, type.label() + " could not be handled", mistake), false);
    }

    @Override
    public void frame(PacketType type, int volume, ByteBuf payload) {
        inbox.arrived(type, volume, payload);
    }

    private void take(PacketType type, int volume, ByteBuf payload) {
        if (dead || leaving) {
            payload.release();
        } else {
            receivedBytes += payload.readableBytes();
            try {
                handle(type, volume, payload);
            } catch (RuntimeException e) {
                broken(type, e);
            }
        }
    }

    private void handle(PacketType type, int volume, ByteBuf payload) {
        if (introduced) {
            dispatch.onData(type, volume, payload);
        } else {
            try {
                handshake.frame(type, payload);
            } finally {
                payload.release();
            }
        }
    }

    @Override
    public void batchEnd() {
        metaPort.lifeSign();
    }

    @Override
    public void violation(String why) {
        protocolError(why);
    }
}
