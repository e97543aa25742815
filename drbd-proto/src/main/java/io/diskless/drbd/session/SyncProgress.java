package io.diskless.drbd.session;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How far a resync or a verify has come. Immutable.
 *
 * @param volume number of the volume
 * @param kind what is going on
 * @param doneBytes what is done, in bytes of the volume, whole blocks of 4 KiB
 * @param totalBytes what there is to do
 * @param bytesPerSecond rate of the last {@value SyncMeter#MARKS} marks, which are at least a second apart; of all that was
 *     done while there are fewer
 * @param elapsed since it began, pauses included
 * @param paused whether it stands still
 */
public record SyncProgress(
        int volume, Kind kind, long doneBytes, long totalBytes, long bytesPerSecond, Duration elapsed, boolean paused) {
    /** What can be under way. */
    public enum Kind {
        /** The peer's disk is brought up to date from here. */
        RESYNC_SOURCE,
        /** The disk here is brought up to date from the peer. */
        RESYNC_TARGET,
        /** A verify that was started here. */
        VERIFY,
        /** A verify that the peer started. */
        VERIFY_ANSWERED
    }

    /** {@return how long it will take at the present rate; empty where that cannot be said: nothing moves} */
    public Optional<Duration> remaining() {
        long left = totalBytes - doneBytes;
        if (left <= 0) {
            return Optional.of(Duration.ZERO);
        }
        return paused || bytesPerSecond <= 0
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds((left + bytesPerSecond - 1) / bytesPerSecond));
    }

    /** {@return all of it as names and values, see {@link DrbdEvent#fields}} */
    public Map<String, Object> fields() {
        return EventLines.fields(this);
    }

    SyncProgress completed() {
        return new SyncProgress(volume, kind, totalBytes, totalBytes, bytesPerSecond, elapsed, paused);
    }

    /** {@return what is done, of 100} */
    public double percent() {
        return totalBytes == 0 ? 100 : 100.0 * doneBytes / totalBytes;
    }
}
