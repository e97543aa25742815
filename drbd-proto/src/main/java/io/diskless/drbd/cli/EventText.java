package io.diskless.drbd.cli;

import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.wire.VolumeState;
import java.util.LinkedHashMap;
import java.util.Map;

/** Events and states as words and as fields. */
final class EventText {
    private EventText() {}

    static String line(DrbdEvent event) {
        if (event instanceof DrbdEvent.StateChanged e) {
            return e.resource() + "/" + e.volume() + " " + e.after() + " (" + e.why() + ")";
        }
        if (event instanceof DrbdEvent.Agreed e) {
            return e.resource() + " agreed on " + e.dialect() + (e.authenticated() ? ", authenticated" : "");
        }
        if (event instanceof DrbdEvent.ConnectionLost e) {
            return e.resource() + " lost the connection: " + e.cause().getMessage()
                    + (e.standAlone() ? " (until `ctl ... connect`)" : " (trying again)");
        }
        if (event instanceof DrbdEvent.Compared e) {
            return e.resource() + "/" + e.volume() + " compared: "
                    + String.join("; ", e.explanation().lines().toList());
        }
        if (event instanceof DrbdEvent.Note e) {
            return e.resource() + (e.volume() < 0 ? "" : "/" + e.volume()) + " " + e.words();
        }
        return event.toString();
    }

    static Map<String, Object> fields(DrbdEvent event) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("event", event.getClass().getSimpleName());
        fields.put("resource", event.resource());
        if (event instanceof DrbdEvent.StateChanged e) {
            fields.put("volume", (long) e.volume());
            fields.put("before", fields(e.before()));
            fields.put("after", fields(e.after()));
            fields.put("why", e.why());
        } else if (event instanceof DrbdEvent.Agreed e) {
            fields.put("dialect", e.dialect());
            fields.put("authenticated", e.authenticated());
        } else if (event instanceof DrbdEvent.ConnectionLost e) {
            fields.put("kind", e.cause().kind());
            fields.put("cause", String.valueOf(e.cause().getMessage()));
            fields.put("standAlone", e.standAlone());
        } else if (event instanceof DrbdEvent.Compared e) {
            fields.put("volume", (long) e.volume());
            fields.put("explanation", e.explanation());
        } else if (event instanceof DrbdEvent.Note e) {
            if (e.volume() >= 0) {
                fields.put("volume", (long) e.volume());
            }
            fields.put("words", e.words());
        }
        return fields;
    }

    static Map<String, Object> fields(VolumeState state) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("connection", state.connection().label());
        fields.put("role", state.role().label());
        fields.put("peerRole", state.peer().label());
        fields.put("disk", state.disk().label());
        fields.put("peerDisk", state.peerDisk().label());
        return fields;
    }
}
