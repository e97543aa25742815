package io.diskless.drbd.session;

/** The door to the JDK's flight recorder; does nothing in a run time image without it. */
final class FlightRecorder {
    private static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private FlightRecorder() {}

    static void event(DrbdEvent event) {
        if (PRESENT) {
            JfrEvents.event(event);
        }
    }

    /** An epoch is durable at the peer; {@code closedAt} is when its barrier was sent, of {@link System#nanoTime}. */
    static void epoch(String resource, int number, int writes, long closedAt) {
        if (PRESENT) {
            JfrEvents.epoch(resource, number, writes, closedAt);
        }
    }

    /** The peer answered a ping after so many nanoseconds. */
    static void ping(String resource, long nanos) {
        if (PRESENT) {
            JfrEvents.ping(resource, nanos);
        }
    }

    /** A write that the peer was sent is complete; {@code sentAt} is of {@link System#nanoTime}. */
    static void write(String resource, int volume, long offset, long bytes, long sentAt) {
        if (PRESENT) {
            JfrEvents.write(resource, volume, offset, bytes, sentAt);
        }
    }
}
