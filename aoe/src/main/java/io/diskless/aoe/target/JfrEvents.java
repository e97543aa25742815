package io.diskless.aoe.target;

import io.diskless.aoe.link.LinkState;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Events of the flight recorder. Loaded only where it exists, see {@link FlightRecorder}. */
final class JfrEvents {
    private JfrEvents() {}

    @Name("io.diskless.aoe.SlowRequest")
    @Label("Slow AoE request")
    @Category({"Diskless", "AoE target"})
    @StackTrace(false)
    static final class SlowRequest extends Event {
        @Label("Port")
        String port = "";

        @Label("Export")
        String export = "";

        @Label("Source")
        String source = "";

        @Label("Write")
        boolean write;

        @Label("Size")
        @DataAmount
        int bytes;

        @Label("Latency")
        @Timespan(Timespan.NANOSECONDS)
        long latency;
    }

    @Name("io.diskless.aoe.AccessDenied")
    @Label("AoE access denied")
    @Category({"Diskless", "AoE target"})
    @StackTrace(false)
    static final class AccessDenied extends Event {
        @Label("Port")
        String port = "";

        @Label("Export")
        String export = "";

        @Label("Source")
        String source = "";
    }

    @Name("io.diskless.aoe.PortState")
    @Label("AoE port state")
    @Category({"Diskless", "AoE target"})
    @StackTrace(false)
    static final class PortState extends Event {
        @Label("Port")
        String port = "";

        @Label("State")
        String state = "";
    }

    static void slow(String port, AoeAddress address, long source, boolean write, int bytes, long nanos) {
        SlowRequest event = new SlowRequest();
        if (event.isEnabled()) {
            event.port = port;
            event.export = address.toString();
            event.source = MacAddress.of(source).toString();
            event.write = write;
            event.bytes = bytes;
            event.latency = nanos;
            event.commit();
        }
    }

    static void denied(String port, AoeAddress address, long source) {
        AccessDenied event = new AccessDenied();
        if (event.isEnabled()) {
            event.port = port;
            event.export = address.toString();
            event.source = MacAddress.of(source).toString();
            event.commit();
        }
    }

    static void portState(String port, LinkState state) {
        PortState event = new PortState();
        if (event.isEnabled()) {
            event.port = port;
            event.state = state.name();
            event.commit();
        }
    }
}
