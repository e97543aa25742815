package io.diskless.aoe.initiator;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Events of the flight recorder. Loaded only where it exists, see {@link FlightRecorder}. */
final class JfrEvents {
    private JfrEvents() {}

    @Name("io.diskless.aoe.PathState")
    @Label("AoE path state")
    @Category({"Diskless", "AoE initiator"})
    @StackTrace(false)
    static final class PathStateChanged extends Event {
        @Label("Target")
        String target = "";

        @Label("Interface")
        String port = "";

        @Label("Remote")
        String remote = "";

        @Label("State")
        String state = "";
    }

    @Name("io.diskless.aoe.AddressConflict")
    @Label("AoE address conflict")
    @Category({"Diskless", "AoE initiator"})
    @StackTrace(false)
    static final class AddressConflict extends Event {
        @Label("Target")
        String target = "";

        @Label("Interface")
        String port = "";

        @Label("Remote")
        String remote = "";

        @Label("Serial in use")
        String used = "";

        @Label("Serial of the other")
        String other = "";
    }

    @Name("io.diskless.aoe.RequestTimeout")
    @Label("AoE request missed its deadline")
    @Category({"Diskless", "AoE initiator"})
    @StackTrace(false)
    static final class RequestTimeout extends Event {
        @Label("Target")
        String target = "";

        @Label("Deadline")
        @Timespan(Timespan.NANOSECONDS)
        long deadline;
    }

    static void pathState(Path path) {
        PathStateChanged event = new PathStateChanged();
        if (event.isEnabled()) {
            event.target = path.target.address.toString();
            event.port = path.port.name;
            event.remote = MacAddress.of(path.mac).toString();
            event.state = path.snapshot().state().name();
            event.commit();
        }
    }

    static void conflict(Path path, String used, String other) {
        AddressConflict event = new AddressConflict();
        if (event.isEnabled()) {
            event.target = path.target.address.toString();
            event.port = path.port.name;
            event.remote = MacAddress.of(path.mac).toString();
            event.used = used;
            event.other = other;
            event.commit();
        }
    }

    static void timeout(AoeAddress target, long deadline) {
        RequestTimeout event = new RequestTimeout();
        if (event.isEnabled()) {
            event.target = target.toString();
            event.deadline = deadline;
            event.commit();
        }
    }
}
