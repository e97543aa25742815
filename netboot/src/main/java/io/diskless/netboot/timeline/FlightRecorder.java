package io.diskless.netboot.timeline;

/** The door to the JDK's flight recorder; does nothing in a run time image without it. */
final class FlightRecorder {
    private static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private FlightRecorder() {}

    static void record(BootEvent event) {
        if (PRESENT) {
            JfrEvents.record(event);
        }
    }
}
