package io.diskless.aoe.initiator;

import io.diskless.cluster.net.AoeAddress;

/** The door to the JDK's flight recorder; does nothing in a run time image without it. */
final class FlightRecorder {
    private static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private FlightRecorder() {}

    static void pathState(Path path) {
        if (PRESENT) {
            JfrEvents.pathState(path);
        }
    }

    static void conflict(Path path, String used, String other) {
        if (PRESENT) {
            JfrEvents.conflict(path, used, other);
        }
    }

    static void timeout(AoeAddress target, long deadline) {
        if (PRESENT) {
            JfrEvents.timeout(target, deadline);
        }
    }
}
