package io.diskless.drbd.cli;

import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.DrbdStatistics;
import io.diskless.drbd.session.SyncProgress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The state and the figures of a resource, as text in the manner of {@code /proc/drbd} and as fields. */
final class StatusText {
    private StatusText() {}

    /** One or two lines for each volume. */
    static List<String> lines(DrbdResource resource, DrbdStatistics figures, Map<Integer, SyncProgress> progress) {
        List<String> lines = new ArrayList<>();
        String counted = figures.connection()
                .map(c -> " ns:" + (c.sentBytes() >> 10) + " nr:" + (c.receivedBytes() >> 10) + " ua:"
                        + c.unackedWrites() + " ep:" + c.openEpochs())
                .orElse("");
        for (DrbdStatistics.Volume v : figures.volumes()) {
            lines.add(resource.options().name() + "/" + v.volume() + " " + resource.state(v.volume()) + " "
                    + v.sizeBytes() + " bytes");
            lines.add("    dw:" + (v.writtenBytes() >> 10) + " dr:" + (v.readBytes() >> 10) + " al:"
                    + v.activityLogUpdates() + " bm:" + v.bitmapWrites() + " lo:" + v.localRequests() + " pe:"
                    + v.pendingWrites() + " ap:" + v.applicationRequests() + counted + " oos:"
                    + (v.outOfSyncBytes() >> 10));
            Optional.ofNullable(progress.get(v.volume())).ifPresent(p -> lines.add("    " + line(p)));
        }
        return lines;
    }

    private static String line(SyncProgress p) {
        return String.format(
                Locale.ROOT,
                "%s: %.2f%% (%d/%d)K, %d K/s, %s",
                p.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                p.percent(),
                p.doneBytes() >> 10,
                p.totalBytes() >> 10,
                p.bytesPerSecond() >> 10,
                p.remaining().map(left -> left.toSeconds() + " s left").orElse(p.paused() ? "paused" : "stalled"));
    }

    static Map<String, Object> fields(
            DrbdResource resource, DrbdStatistics figures, Map<Integer, SyncProgress> progress) {
        Map<String, Object> volumes = new LinkedHashMap<>();
        for (DrbdStatistics.Volume v : figures.volumes()) {
            volumes.put(String.valueOf(v.volume()), fields(resource, v, Optional.ofNullable(progress.get(v.volume()))));
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("resource", resource.options().name());
        fields.put("local", resource.options().local());
        fields.put("peer", resource.options().peer());
        figures.connection().ifPresent(c -> {
            Map<String, Object> connection = new LinkedHashMap<>();
            connection.put("dialect", c.dialect());
            connection.put("sentBytes", c.sentBytes());
            connection.put("receivedBytes", c.receivedBytes());
            connection.put("unackedWrites", (long) c.unackedWrites());
            connection.put("openEpochs", (long) c.openEpochs());
            fields.put("connection", connection);
        });
        fields.put("volumes", volumes);
        return fields;
    }

    private static Map<String, Object> fields(
            DrbdResource resource, DrbdStatistics.Volume v, Optional<SyncProgress> progress) {
        Map<String, Object> fields =
                new LinkedHashMap<>(exists(resource, v.volume()).state());
        fields.put("bytes", v.sizeBytes());
        fields.put("reads", v.reads());
        fields.put("readBytes", v.readBytes());
        fields.put("writes", v.writes());
        fields.put("writtenBytes", v.writtenBytes());
        fields.put("flushes", v.flushes());
        fields.put("ioErrors", v.ioErrors());
        fields.put("activityLogUpdates", v.activityLogUpdates());
        fields.put("bitmapWrites", v.bitmapWrites());
        fields.put("outOfSyncBytes", v.outOfSyncBytes());
        fields.put("applicationRequests", (long) v.applicationRequests());
        fields.put("localRequests", (long) v.localRequests());
        fields.put("pendingWrites", (long) v.pendingWrites());
        progress.ifPresent(p -> fields.put("progress", p.fields()));
        return fields;
    }

    /** A volume as it is, as an event says it. */
    static DrbdEvent.StateChanged exists(DrbdResource resource, int volume) {
        var now = resource.state(volume);
        return new DrbdEvent.StateChanged(resource.options().name(), volume, now, now, "as it is");
    }
}
