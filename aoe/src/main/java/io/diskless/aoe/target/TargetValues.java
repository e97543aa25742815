package io.diskless.aoe.target;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The values of {@link TargetOptions} with their defaults, and what is right of them. Not thread-safe. */
final class TargetValues implements Cloneable {
    LongSupplier clock = System::nanoTime;

    @Nullable
    SettingsStore settings;

    Consumer<? super TargetEvent> listener = event -> {};
    int bufferCount = 64;
    int maxSectors = 255;
    int requestsPerPort = 256;
    int peersPerPort = 256;
    int rateLimit;
    int rateBurst = 256;
    /** 100 ms of writes of two sectors (1084 bytes on the wire) at 10 Gb/s are 115,314; this is 4.5 MiB per port. */
    int duplicateCache = 1 << 17;

    Duration duplicateWindow = Duration.ofSeconds(10);
    Access strangers = Access.READ_WRITE;
    Set<Operation> strangerOperations = Operation.FOR_STRANGERS;
    Duration spin = Duration.ofNanos(50_000);
    Duration slowRequest = Duration.ofMillis(100);
    Duration closeTimeout = Duration.ofSeconds(10);
    int firmware = 1;
    ThreadFactory threads = task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    };

    TargetValues copy() {
        try {
            return (TargetValues) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** All that is wrong at once, or an empty string. */
    String complaints() {
        List<String> wrong = new ArrayList<>();
        range(wrong, "bufferCount", bufferCount, 2, 0xFFFF);
        range(wrong, "maxSectors", maxSectors, 1, 255);
        range(wrong, "requestsPerPort", requestsPerPort, 2, 1 << 16);
        range(wrong, "peersPerPort", peersPerPort, 4, 1 << 20);
        range(wrong, "rateLimit", rateLimit, 0, 1_000_000_000);
        range(wrong, "rateBurst", rateBurst, 1, 1 << 20);
        range(wrong, "duplicateCache", duplicateCache, 0, 1 << 20);
        range(wrong, "firmware", firmware, 0, 0xFFFF);
        if (spin.isNegative() || spin.compareTo(Duration.ofMillis(10)) > 0) {
            wrong.add("spin is 0 to 10 ms, got " + spin);
        }
        notNegative(wrong, "duplicateWindow", duplicateWindow);
        notNegative(wrong, "slowRequest", slowRequest);
        notNegative(wrong, "closeTimeout", closeTimeout);
        return String.join("; ", wrong);
    }

    private static void range(List<String> wrong, String name, int value, int low, int high) {
        if (value < low || value > high) {
            wrong.add(name + " is " + low + " to " + high + ", got " + value);
        }
    }

    private static void notNegative(List<String> wrong, String name, Duration value) {
        if (value.isNegative()) {
            wrong.add(name + " is not negative, got " + value);
        }
    }
}
