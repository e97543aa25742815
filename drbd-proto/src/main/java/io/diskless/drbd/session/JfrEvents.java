package io.diskless.drbd.session;

import io.diskless.drbd.wire.VolumeState;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Events of the flight recorder. Loaded only where it exists, see {@link FlightRecorder}. */
final class JfrEvents {
    private static final EventType EPOCH = EventType.getEventType(EpochDurable.class);
    private static final EventType WRITE = EventType.getEventType(WriteCompleted.class);

    private JfrEvents() {}

    @Name("io.diskless.drbd.VolumeState")
    @Label("DRBD volume state")
    @Category({"Diskless", "DRBD"})
    @StackTrace(false)
    static final class StateChanged extends Event {
        @Label("Resource")
        String resource = "";

        @Label("Volume")
        int volume;

        // Words of less than 16 characters each: longer strings go to a pool of the recorder, which on JDK 17 forgets
        // some
        // of them between one recording and the next.
        @Label("Connection")
        String connection = "";

        @Label("Role")
        String role = "";

        @Label("Role of the peer")
        String peerRole = "";

        @Label("Disk")
        String disk = "";

        @Label("Disk of the peer")
        String peerDisk = "";

        @Label("Why")
        String why = "";
    }

    @Name("io.diskless.drbd.ConnectionLost")
    @Label("DRBD connection lost")
    @Category({"Diskless", "DRBD"})
    @StackTrace(false)
    static final class Lost extends Event {
        @Label("Resource")
        String resource = "";

        @Label("Cause")
        String cause = "";

        @Label("Stands alone")
        boolean standAlone;
    }

    @Name("io.diskless.drbd.Sync")
    @Label("DRBD resync or verify")
    @Category({"Diskless", "DRBD"})
    @StackTrace(false)
    static final class Sync extends Event {
        @Label("Resource")
        String resource = "";

        @Label("Volume")
        int volume;

        @Label("Kind")
        String kind = "";

        @Label("Done")
        @DataAmount
        long done;

        @Label("Total")
        @DataAmount
        long total;

        @Label("Took")
        @Timespan(Timespan.NANOSECONDS)
        long took;

        @Label("Complete")
        boolean complete;
    }

    @Name("io.diskless.drbd.Epoch")
    @Label("DRBD epoch durable at the peer")
    @Category({"Diskless", "DRBD"})
    @Enabled(false)
    @StackTrace(false)
    static final class EpochDurable extends Event {
        @Label("Resource")
        String resource = "";

        @Label("Barrier")
        int barrier;

        @Label("Writes")
        int writes;

        @Label("Latency")
        @Timespan(Timespan.NANOSECONDS)
        long latency;
    }

    @Name("io.diskless.drbd.Write")
    @Label("DRBD write complete on both sides")
    @Category({"Diskless", "DRBD"})
    @Enabled(false)
    @StackTrace(false)
    static final class WriteCompleted extends Event {
        @Label("Resource")
        String resource = "";

        @Label("Volume")
        int volume;

        @Label("Offset")
        long offset;

        @Label("Size")
        @DataAmount
        long size;

        @Label("Latency")
        @Timespan(Timespan.NANOSECONDS)
        long latency;
    }

    @Name("io.diskless.drbd.Ping")
    @Label("DRBD ping answered")
    @Category({"Diskless", "DRBD"})
    @StackTrace(false)
    static final class PingAnswered extends Event {
        @Label("Resource")
        String resource = "";

        @Label("Latency")
        @Timespan(Timespan.NANOSECONDS)
        long latency;
    }

    static void event(DrbdEvent event) {
        if (event instanceof DrbdEvent.StateChanged e) {
            state(e);
        } else if (event instanceof DrbdEvent.ConnectionLost e) {
            Lost lost = new Lost();
            if (lost.isEnabled()) {
                lost.resource = e.resource();
                lost.cause = String.valueOf(e.cause().getMessage());
                lost.standAlone = e.standAlone();
                lost.commit();
            }
        } else if (event instanceof DrbdEvent.SyncEnded e) {
            sync(e);
        }
    }

    private static void state(DrbdEvent.StateChanged e) {
        StateChanged changed = new StateChanged();
        if (changed.isEnabled()) {
            changed.resource = e.resource();
            changed.volume = e.volume();
            VolumeState now = e.after();
            changed.connection = now.connection().label();
            changed.role = now.role().label();
            changed.peerRole = now.peer().label();
            changed.disk = now.disk().label();
            changed.peerDisk = now.peerDisk().label();
            changed.why = e.why();
            changed.commit();
        }
    }

    private static void sync(DrbdEvent.SyncEnded e) {
        Sync sync = new Sync();
        if (sync.isEnabled()) {
            sync.resource = e.resource();
            sync.volume = e.volume();
            sync.kind = e.last().kind().name();
            sync.done = e.last().doneBytes();
            sync.total = e.last().totalBytes();
            sync.took = e.last().elapsed().toNanos();
            sync.complete = e.complete();
            sync.commit();
        }
    }

    static void epoch(String resource, int barrier, int writes, long closedAt) {
        if (EPOCH.isEnabled()) {
            EpochDurable event = new EpochDurable();
            event.resource = resource;
            event.barrier = barrier;
            event.writes = writes;
            event.latency = System.nanoTime() - closedAt;
            event.commit();
        }
    }

    static void ping(String resource, long nanos) {
        PingAnswered answered = new PingAnswered();
        if (answered.isEnabled()) {
            answered.resource = resource;
            answered.latency = nanos;
            answered.commit();
        }
    }

    static void write(String resource, int volume, long offset, long bytes, long sentAt) {
        if (WRITE.isEnabled()) {
            WriteCompleted event = new WriteCompleted();
            event.resource = resource;
            event.volume = volume;
            event.offset = offset;
            event.size = bytes;
            event.latency = System.nanoTime() - sentAt;
            event.commit();
        }
    }
}
