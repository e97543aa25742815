package io.diskless.aoe.target;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.LinkListener;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.wire.Verdict;
import io.diskless.aoe.wire.VerdictCounters;
import io.diskless.cluster.net.AoeAddress;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One link of a target and all that is confined to its thread. {@link #poll} does one round: what devices completed, what
 * others asked this thread to do, frames, announcements, one flush of the link.
 *
 * <p>A round takes no more frames than there are free transmit slots, so that every answer finds one; when there are none
 * the frames wait in the receive ring, and what does not fit there is dropped by the kernel. Memory never grows with load.
 *
 * <p>Other threads reach it by {@link #completed}, {@link #execute}, {@link #announce} and the tables, which are immutable
 * and replaced; each of these wakes the thread if it sleeps.
 */
final class PortLoop implements LinkListener {
    private static final int BATCH = 64;

    private final AoeTarget target;
    private final EthernetLink link;
    private final TargetOptions options;
    private final LongSupplier clock;
    private final AccessControl access;
    private final String name;
    private final long rateInterval;
    private final long rateTolerance;
    private final long slow;

    private final Counters counters = new Counters(PortCounter.SIZE);
    private final VerdictCounters verdicts = new VerdictCounters();
    private final PeerTable peers;
    private final DuplicateCache duplicates;
    private final Replies replies;
    private final AtaReplies ataReplies;
    private final Dispatcher dispatcher;
    private final Announcer announcer;
    private final CompletionQueue completions = new CompletionQueue();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final SettingsChanges changes;
    private final Gathering gathering;

    private volatile ExportTable exports = ExportTable.EMPTY;
    private volatile boolean announce;
    private volatile boolean shared;
    private volatile Runnable wake = () -> {};

    private RequestPool pool;
    private int underWay;
    private @Nullable Request waiting;
    private long now;
    private final PortSizes sizes;

    PortLoop(AoeTarget target, EthernetLink link, TargetOptions options) {
        this.target = target;
        this.link = link;
        this.options = options;
        clock = options.clock();
        access = target.access();
        name = link.name();
        rateInterval = options.rateLimit() == 0 ? 0 : 1_000_000_000L / options.rateLimit();
        rateTolerance = rateInterval * (options.rateBurst() - 1);
        slow = options.slowRequest().toNanos();
        peers = new PeerTable(options.peersPerPort());
        duplicates = new DuplicateCache(
                options.duplicateCache(), options.duplicateWindow().toNanos(), new SplittableRandom().nextLong());
        sizes = new PortSizes(link, options);
        pool = new RequestPool(this, options.requestsPerPort(), sizes.largestTransfer() * AtaCommand.SECTOR);
        replies = new Replies(this);
        ataReplies = new AtaReplies(replies);
        changes = new SettingsChanges(this, target);
        gathering = new Gathering(target);
        dispatcher = new Dispatcher(this);
        announcer = new Announcer(this);
    }

    /** Takes the link over, which is no other port's. */
    void listen() {
        link.listener(this);
    }

    /** One round; how much was done, 0 if nothing. */
    int poll() {
        now = clock.getAsLong();
        int work = runTasks();
        work += answerCompleted();
        int room = Math.min(BATCH, link.sendCapacity());
        if (room < BATCH) {
            link.flush();
            room = Math.min(BATCH, link.sendCapacity());
        }
        if (room > 0) {
            work += link.receive(dispatcher, room);
            work += runTasks();
        }
        // Without slots too, and on a closed link: whoever closes the export waits for these writes.
        gathering.flush();
        work += answerCompleted();
        if (announce) {
            announce = false;
            announcer.collect(exports.all());
        }
        work += announcer.send();
        if (work > 0) {
            link.flush();
        }
        timers();
        return work;
    }

    private int runTasks() {
        int done = 0;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            done++;
        }
        return done;
    }

    /** Answers what devices have completed, as far as there are slots; the rest waits for the next round. */
    private int answerCompleted() {
        if (waiting == null) {
            waiting = completions.takeAll();
        }
        int done = 0;
        while (waiting != null) {
            Request request = waiting;
            Frame tx = replies.claim();
            if (tx == null) {
                return done;
            }
            waiting = request.next;
            answer(tx, request);
            done++;
            if (waiting == null) {
                waiting = completions.takeAll();
            }
        }
        return done;
    }

    private void answer(Frame tx, Request request) {
        ataReplies.answer(tx, request);
        boolean write = request.kind == Request.WRITE || request.kind == Request.GATHERED;
        boolean done = request.failure == null;
        long began = request.started;
        if (request.remembered) {
            duplicates.ended(request.ticket, done, now);
        }
        Peer peer = request.peer;
        // The table may have given the entry to another source meanwhile.
        boolean same = peer != null && peer.mac() == request.source;
        if (peer != null && same && !done) {
            peer.counters.increment(Peer.FAILED);
        }
        if (done && (write || request.kind == Request.READ)) {
            transferred(request.target(), same ? peer : null, write, request.count * AtaCommand.SECTOR, began);
        }
        if (request.kind == Request.GATHERED) {
            gathering.answered(request);
        }
        giveBack(request);
    }

    /** Nobody polls any more: what was answered already, or waits for a flush, is made durable without this port. */
    void end() {
        gathering.end();
        for (PortExport e : exports.all()) {
            if (e.export.timer().claimNow()) {
                target.background(e.export.timer());
            }
        }
    }

    /** A request that counts as under way but was not needed. */
    void giveBack(Request request) {
        underWay--;
        request.pool.give(request);
    }

    private void timers() {
        for (PortExport e : exports.all()) {
            if (e.export.timer().claim(now)) {
                target.background(e.export.timer());
            }
        }
    }

    /** Counts a transfer that was answered just now. */
    void transferred(PortExport export, @Nullable Peer peer, boolean write, int bytes) {
        transferred(export, peer, write, bytes, now);
    }

    private void transferred(PortExport export, @Nullable Peer peer, boolean write, int bytes, long began) {
        now = clock.getAsLong();
        long took = now - began;
        Counters c = export.counters;
        c.increment(write ? PortExport.WRITES : PortExport.READS);
        c.add(write ? PortExport.WRITTEN_BYTES : PortExport.READ_BYTES, bytes);
        (write ? export.writes : export.reads).record(took);
        if (took >= slow) {
            FlightRecorder.slow(name, export.export.address(), peer == null ? 0 : peer.mac(), write, bytes, took);
        }
        if (peer != null) {
            peer.counters.increment(write ? Peer.WRITES : Peer.READS);
            peer.counters.add(write ? Peer.WRITTEN_BYTES : Peer.READ_BYTES, bytes);
            peer.latency.record(took);
        }
    }

    @Nullable
    Request takeRequest() {
        Request request = pool.take();
        if (request != null) {
            underWay++;
        }
        return request;
    }

    /** A flush may take long and devices may do it inline: not on a thread that serves. */
    void inBackground(Request request) {
        // Counted at once: an export that is closed now waits for it.
        request.prepare();
        target.background(request::proceed);
    }

    // From any thread.

    /** A device is done with a request. */
    void completed(Request request) {
        completions.push(request);
        wake.run();
    }

    /** Runs something on this port's thread, soon. */
    void execute(Runnable task) {
        tasks.add(task);
        wake.run();
    }

    /** Announces what is marked. */
    void announce() {
        announce = true;
        wake.run();
    }

    void exports(ExportTable table) {
        exports = table;
    }

    /** Takes an export out of the table. */
    void retire(Export export) {
        exports = exports.without(export);
    }

    void shared(boolean value) {
        shared = value;
    }

    void wake(Runnable action) {
        wake = action;
    }

    boolean hasWork() {
        return announce || !completions.isEmpty() || !tasks.isEmpty();
    }

    /** Nanoseconds until an export wants to be flushed. */
    long untilTimer() {
        long least = Long.MAX_VALUE;
        for (PortExport e : exports.all()) {
            least = Math.min(least, e.export.timer().remaining(clock.getAsLong()));
        }
        return least;
    }

    /** Lets go of the link; nobody polls any more. */
    void release() {
        end();
        link.listener(new LinkListener() {
            @Override
            public void onState(EthernetLink changed, LinkState state) {
                // Nobody listens to a detached link.
            }

            @Override
            public void onMtu(EthernetLink changed, int newMtu) {
                // Nobody listens to a detached link.
            }
        });
    }

    Counters counters() {
        return counters;
    }

    VerdictCounters verdicts() {
        return verdicts;
    }

    PeerTable peers() {
        return peers;
    }

    EthernetLink link() {
        return link;
    }

    ExportTable exports() {
        return exports;
    }

    /** Requests that devices have, or that wait for a slot. */
    int underWay() {
        return underWay;
    }

    // On the port's thread.

    /** Counts a verdict, and passes it on. */
    Verdict verdict(Verdict verdict) {
        return verdicts.count(verdict);
    }

    void count(int counter) {
        counters.increment(counter);
    }

    /** The peer, or null if it sends too much. */
    @Nullable
    Peer admit(long source) {
        Peer peer = peers.find(source, now);
        if (!peer.admit(now, rateInterval, rateTolerance)) {
            count(PortCounter.LIMITED);
            peer.counters.increment(Peer.LIMITED);
            return null;
        }
        return peer;
    }

    int grant(long source, int addressKey) {
        return access.grant(source, name, addressKey);
    }

    void denied(AoeAddress address, long source) {
        FlightRecorder.denied(name, address, source);
    }

    Replies replies() {
        return replies;
    }

    AtaReplies ataReplies() {
        return ataReplies;
    }

    DuplicateCache duplicates() {
        return duplicates;
    }

    SettingsChanges changes() {
        return changes;
    }

    Gathering gathering() {
        return gathering;
    }

    AccessControl access() {
        return access;
    }

    long now() {
        return now;
    }

    LongSupplier clock() {
        return clock;
    }

    /** Whether other threads serve the same devices. */
    boolean sharesDevices() {
        return shared;
    }

    PortSizes sizes() {
        return sizes;
    }

    int bufferCount() {
        return target.bufferCount();
    }

    int firmware() {
        return options.firmware();
    }

    @Override
    public void onState(EthernetLink changed, LinkState state) {
        target.tell(new TargetEvent.PortState(name, state));
        FlightRecorder.portState(name, state);
        if (state == LinkState.UP) {
            adopt(link.mtu());
            announceAll();
        }
    }

    @Override
    public void onMtu(EthernetLink changed, int newMtu) {
        adopt(newMtu);
        target.tell(new TargetEvent.PortMtu(name, newMtu));
        announceAll();
    }

    private void adopt(int newMtu) {
        sizes.mtu(newMtu);
        int bytes = sizes.largestTransfer() * AtaCommand.SECTOR;
        if (bytes > pool.bytes()) {
            pool = new RequestPool(this, options.requestsPerPort(), bytes);
        }
    }

    private void announceAll() {
        announcer.collectAll(exports.all());
    }
}
