package io.diskless.aoe.target;

import io.diskless.aoe.link.LinkState;
import io.diskless.cluster.net.AoeAddress;

/** The door to the JDK's flight recorder; does nothing in a run time image without it. */
final class FlightRecorder {
    private static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private FlightRecorder() {}

    static void denied(String port, AoeAddress address, long source) {
        if (PRESENT) {
            JfrEvents.denied(port, address, source);
        }
    }

    static void portState(String port, LinkState state) {
        if (PRESENT) {
            JfrEvents.portState(port, state);
        }
    }

    static void slow(String port, AoeAddress address, long source, boolean write, int bytes, long nanos) {
        if (PRESENT) {
            JfrEvents.slow(port, address, source, write, bytes, nanos);
        }
    }
}
