package io.diskless.aoe.initiator;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.LinkListener;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.aoe.wire.FrameValidator;
import io.diskless.aoe.wire.Verdict;
import io.diskless.aoe.wire.VerdictCounters;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.internal.Inline;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread's view of everything: ports, targets, tags, time. Order of a round: what users submitted, what was
 * received, timers, sending; then one kick per port. Confined to the thread that polls, except {@link #submissions} and {@link #time}.
 */
final class EventLoop implements LinkListener {
    /** Frames taken from a port before the others get their turn. */
    private static final int BATCH = 64;

    final Logger log = LoggerFactory.getLogger(AoeInitiator.class);
    final InitiatorOptions options;
    final TagTable tags;
    final Pool pool = new Pool();
    final Submissions submissions;
    final List<Port> ports = new ArrayList<>();
    final List<RemoteTarget> targetList = new ArrayList<>();
    private final Map<Integer, RemoteTarget> targets = new HashMap<>();
    final PathKeeper keeper;
    final Controls controls;
    final Discovery discovery;
    private final VerdictCounters verdicts = new VerdictCounters();
    private final long origin;

    /** Nanoseconds since the loop was made; taken once per round. */
    long now;

    boolean closed;
    private boolean portsChanged;
    private long serial;

    long framesReceived;
    long unknownTag;
    long wrongSource;
    long wrongLength;
    long foreign;
    long transmitStalls;
    private long stallsSeen;

    EventLoop(List<? extends EthernetLink> links, InitiatorOptions options) {
        this.options = options;
        origin = options.clock().getAsLong();
        tags = new TagTable(options.random());
        submissions = new Submissions(options.pooledRequests());
        keeper = new PathKeeper(this);
        controls = new Controls(this);
        discovery = new Discovery(this);
        for (EthernetLink link : links) {
            ports.add(new Port(this, link));
            link.listener(this);
        }
    }

    /** The time of the loop; any thread. */
    long time() {
        return options.clock().getAsLong() - origin;
    }

    int poll() {
        now = time();
        int work = drain();
        boolean more = false;
        for (int i = 0; i < ports.size(); i++) {
            Port port = ports.get(i);
            int received = port.link.receive(port, BATCH);
            work += received;
            framesReceived += received;
            more |= received == BATCH;
        }

        if (portsChanged) {
            notePorts();
        }
        work += drain();
        if (!more) {
            // While frames wait, an answer may be among them: no time is over yet.
            timers();
        }
        for (int i = 0; i < targetList.size(); i++) {
            DiskEngine engine = targetList.get(i).engine;
            if (engine != null) {
                work += engine.pump();
            }
        }
        for (int i = 0; i < ports.size(); i++) {
            ports.get(i).flush();
        }
        return work;
    }

    private int drain() {
        int taken = 0;
        Request request = submissions.takeAll();
        while (request != null) {
            Request next = request.next;
            request.next = null;
            taken++;
            DiskEngine engine = request.engine;
            if (request.op == Request.TASK) {
                Runnable task = Objects.requireNonNull(request.task);
                submissions.release(request);
                run(task);
            } else if (engine != null) {
                request.serial = ++serial;
                engine.accept(request);
            }
            request = next;
        }
        return taken;
    }

    /** A task may run what belongs to users; whatever they throw must not end all disks. */
    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            log.error("a task of the event loop threw", e);
        }
    }

    /** What a round that failed may have left out, each by itself: nobody shall wait longer than he said. */
    void timersOnly(Consumer<Runnable> guarded) {
        now = time();
        guarded.accept(controls::timers);
        guarded.accept(discovery::timers);
        for (int i = 0; i < targetList.size(); i++) {
            RemoteTarget target = targetList.get(i);
            DiskEngine engine = target.engine;
            guarded.accept(() -> keeper.timers(target));
            if (engine != null) {
                guarded.accept(engine::timers);
            }
        }
    }

    private void timers() {
        controls.timers();
        discovery.timers();
        for (int i = 0; i < targetList.size(); i++) {
            RemoteTarget target = targetList.get(i);
            keeper.timers(target);
            if (target.engine != null) {
                target.engine.timers();
            }
        }
    }

    /** When {@link #poll} has something to do although nothing was received or submitted. */
    long nextTimer() {
        long next = Math.min(controls.nextTimer(), discovery.nextTimer());
        for (int i = 0; i < targetList.size(); i++) {
            RemoteTarget target = targetList.get(i);
            next = Math.min(next, keeper.nextTimer(target));
            if (target.engine != null) {
                next = Math.min(next, target.engine.nextTimer());
            }
        }
        return next;
    }

    // ---- targets

    private static int key(int shelf, int slot) {
        return (shelf << 8) | slot;
    }

    @Nullable
    RemoteTarget target(int shelf, int slot) {
        return targets.get(key(shelf, slot));
    }

    void add(RemoteTarget target) {
        targets.put(key(target.address.shelf(), target.address.slot()), target);
        targetList.add(target);
    }

    void remove(RemoteTarget target) {
        targets.remove(key(target.address.shelf(), target.address.slot()));
        targetList.remove(target);
    }

    RemoteTarget targetOf(Copy copy) {
        return Objects.requireNonNull(copy.path).target;
    }

    /** An I/O that nobody waits for and of which no copy is on its way. */
    void release(Io io, RemoteTarget target) {
        IoList.remove(io);
        target.ledger.remove(io);
        pool.release(io);
    }

    // ---- receiving

    void onFrame(Port port, Frame frame) {
        ByteBuffer b = frame.bytes();
        Verdict verdict = verdicts.count(FrameValidator.response(b, 0, frame.length()));
        if (!verdict.isAccepted()) {
            return;
        }
        if (EthernetHeader.type(b, 0) != EthernetHeader.ETHERTYPE_AOE) {
            foreign++;
            return;
        }
        int at = AoeHeader.AT;
        int command = AoeHeader.command(b, at);
        int tag = AoeHeader.tag(b, at);
        boolean error = verdict == Verdict.ACCEPTED_ERROR;
        Copy copy = tag < 0 ? tags.get(tag) : null;
        if (copy == null) {
            if (command == AoeHeader.CMD_CONFIG && !error && (tag == 0 || discovery.isOurs(tag))) {
                discovery.learn(port, b, EthernetHeader.source(b, 0));
            } else if (tag < 0) {
                unknownTag++;
            } else {
                foreign++;
            }
            return;
        }
        Path path = Objects.requireNonNull(copy.path);
        RemoteTarget target = path.target;
        Control control = copy.control;
        if (path.port != port
                || path.mac != EthernetHeader.source(b, 0)
                || AoeHeader.shelf(b, at) != target.address.shelf()
                || AoeHeader.slot(b, at) != target.address.slot()
                || command != (control == null ? AoeHeader.CMD_ATA : control.command())) {
            wrongSource++;
        } else if (control != null) {
            controls.answered(control, copy, path, frame);
        } else {
            Replies.onAnswer(this, copy, path, frame, error);
        }
    }

    // ---- sending

    /** Sends a copy of an I/O; false if no slot is free. */
    boolean transmit(Io io, Path path) {
        Frame frame = path.port.claim();
        if (frame == null) {
            transmitStalls++;
            return false;
        }
        Request request = Objects.requireNonNull(io.request);
        ByteBuffer b = frame.bytes();
        int tag = tags.fresh();
        EthernetHeader.write(b, 0, path.mac, path.port.mac);
        RemoteTarget target = path.target;
        AoeHeader.write(b, AoeHeader.AT, 0, 0, target.address.shelf(), target.address.slot(), AoeHeader.CMD_ATA, tag);
        int length = IoFrames.write(io, b, request.buffer, request.bufferAt);
        path.port.commit(EthernetHeader.pad(b, 0, length));
        Copy copy = pool.copy();
        copy.tag = tag;
        copy.io = io;
        copy.path = path;
        tags.put(copy);
        keeper.sent(copy, io, path);
        return true;
    }

    // ---- ports

    @Override
    public void onState(EthernetLink link, LinkState state) {
        portsChanged = true;
    }

    @Override
    public void onMtu(EthernetLink link, int mtu) {
        portsChanged = true;
    }

    private void notePorts() {
        portsChanged = false;
        for (int i = 0; i < ports.size(); i++) {
            Port port = ports.get(i);
            LinkState state = port.link.state();
            int mtu = port.link.mtu();
            long mac = port.link.address().value();
            if (state == port.state && mtu == port.mtu && mac == port.mac) {
                continue;
            }
            // Targets that know the old address hear of the new one by a round of queries.
            boolean back = state == LinkState.UP && (port.state != LinkState.UP || mac != port.mac);
            log.info("{}: {}, MTU {}, address {}", port.name, state, mtu, MacAddress.of(mac));
            port.mac = mac;
            port.state = state;
            port.mtu = mtu;
            keeper.portChanged(port);
            if (back) {
                discovery.soon();
            }
            discovery.portChanged(port);
        }
    }

    /** Whether a frame waits for a free slot; asked after each round without work. */
    boolean hasStalled() {
        boolean stalled = transmitStalls != stallsSeen;
        stallsSeen = transmitStalls;
        return stalled;
    }

    InitiatorSnapshot snapshot() {
        return new InitiatorSnapshot(
                framesReceived,
                verdicts.snapshot(),
                unknownTag,
                wrongSource,
                wrongLength,
                foreign,
                keeper.late,
                discovery.tableFull,
                targetList.size(),
                tags.size(),
                transmitStalls);
    }

    /** Ends everything that is under way. */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        drain();
        for (int i = 0; i < targetList.size(); i++) {
            DiskEngine engine = targetList.get(i).engine;
            if (engine != null) {
                engine.close();
            }
        }
        controls.close();
        discovery.close();
        drain();
        for (int i = 0; i < ports.size(); i++) {
            ports.get(i).flush();
        }
    }

    /** Ends what was submitted while the loop was closed. Any thread, after {@link #close()}. */
    void afterClose() {
        Request request = submissions.takeAll();
        while (request != null) {
            Request next = request.next;
            Runnable task = request.task;
            Completion done = request.done;
            DiskEngine engine = request.engine;
            submissions.release(request);
            if (task != null) {
                task.run();
            } else if (done != null && engine != null) {
                Inline.failed(done, AoeDisk.closed(engine.target().address));
            }
            request = next;
        }
    }
}
