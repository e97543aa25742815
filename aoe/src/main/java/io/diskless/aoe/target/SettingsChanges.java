package io.diskless.aoe.target;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Changes of config strings, masks and reservations that came in by one port: a late copy is told from a new change, and
 * what is new is handed to where saving may take its time.
 *
 * <p>Tag 0 tells nothing: Linux and others use it for every message that is not an ATA command (spec §9). Confined to the
 * port's thread, but for {@link #execute}.
 */
final class SettingsChanges {
    /** Changes under way; a flood of them is dropped rather than queued. */
    private static final int MAX_CHANGES = 64;
    /** Tells the content of these messages from that of ATA commands, whose opcodes end with FF. */
    private static final int NOT_ATA = 0x100;

    private static final int AT = AoeHeader.AT;
    private static final int BODY_AT = AT + AoeHeader.LENGTH;

    private final PortLoop port;
    private final AoeTarget target;
    private final AtomicInteger underWay = new AtomicInteger();

    SettingsChanges(PortLoop port, AoeTarget target) {
        this.port = port;
        this.target = target;
    }

    /** A message that reads settings: its tag may be one that was used for a change. */
    void read(Frame rx, PortExport export, Peer peer) {
        int tag = AoeHeader.tag(rx.bytes(), AT);
        if (tag != 0 && port.duplicates().enabled()) {
            port.duplicates().otherUse(peer, export.key, tag, port.now());
        }
    }

    /**
     * Takes a change, or a copy of one.
     *
     * @param change what it comes to, from the settings at the time
     * @param again answers a late copy of a change that was done, with the settings as they are now
     */
    void submit(
            Frame rx,
            PortExport export,
            Peer peer,
            Function<ExportSettings, SettingsChange.Outcome> change,
            Consumer<Frame> again) {
        if (underWay.get() >= MAX_CHANGES) {
            port.count(PortCounter.OVERLOADED);
            return;
        }
        int tag = AoeHeader.tag(rx.bytes(), AT);
        boolean telling = tag != 0 && port.duplicates().enabled();
        if (telling && isCopy(rx, export, peer, again)) {
            return;
        }
        int ticket = telling ? port.duplicates().ticket() : 0;
        int command = AoeHeader.command(rx.bytes(), AT);
        SettingsChange task = new SettingsChange(this, export, peer.mac(), tag, command, change, telling, ticket);
        underWay.getAndIncrement();
        Runnable counted = () -> {
            try {
                task.run();
            } finally {
                underWay.getAndDecrement();
            }
        };
        if (target.savesSlowly()) {
            target.inOrder(counted);
        } else {
            counted.run();
        }
    }

    private boolean isCopy(Frame rx, PortExport export, Peer peer, Consumer<Frame> again) {
        ByteBuffer b = rx.bytes();
        DuplicateCache duplicates = port.duplicates();
        int length = rx.length() - BODY_AT;
        int sum = duplicates.sum(b.slice(BODY_AT, length));
        long content = DuplicateCache.content(NOT_ATA | AoeHeader.command(b, AT), 0, 0, length, sum);
        int seen = duplicates.check(peer, port.now(), export.key, AoeHeader.tag(b, AT), content);
        if (seen == DuplicateCache.NEW) {
            return false;
        }
        export.count(PortExport.DUPLICATES);
        peer.counters.increment(Peer.DUPLICATES);
        if (seen == DuplicateCache.ANSWERED) {
            Frame tx = port.replies().claim();
            if (tx != null) {
                again.accept(tx);
            }
        }
        return true;
    }

    /** A change has ended; on the port's thread. */
    void ended(int ticket, boolean done) {
        port.duplicates().ended(ticket, done, port.now());
    }

    Replies replies() {
        return port.replies();
    }

    /** Runs something on the port's thread, soon; from any thread. */
    void execute(Runnable task) {
        port.execute(task);
    }
}
