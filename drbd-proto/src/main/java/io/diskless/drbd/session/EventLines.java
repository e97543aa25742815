package io.diskless.drbd.session;

import io.diskless.drbd.state.SyncHandshake;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.VolumeState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events as lines in the manner of {@code drbdsetup events2}, and as names and values. Stateless. */
final class EventLines {
    private static final int SUSPENDED = StateWord.SUSP | StateWord.SUSP_NOD | StateWord.SUSP_FEN;
    private static final int PAUSED = StateWord.AFTR_ISP | StateWord.PEER_ISP | StateWord.USER_ISP;

    private EventLines() {}

    static List<String> lines(DrbdEvent event) {
        String name = " name:" + event.resource();
        if (event instanceof DrbdEvent.StateChanged e) {
            return state(e.before().equals(e.after()) ? null : e.before(), e.after(), name, e.volume());
        }
        if (event instanceof DrbdEvent.Agreed e) {
            return List.of("change connection" + name + " dialect:" + quoted(e.dialect()) + " authenticated:"
                    + yes(e.authenticated()));
        }
        if (event instanceof DrbdEvent.ConnectionLost e) {
            return List.of("lost connection" + name + " kind:" + e.cause().kind() + " retry:" + yes(!e.standAlone())
                    + " cause:" + quoted(String.valueOf(e.cause().getMessage())));
        }
        if (event instanceof DrbdEvent.Progress e) {
            SyncProgress p = e.progress();
            return List.of("change peer-device" + name + " volume:" + p.volume() + " done:"
                    + String.format(Locale.ROOT, "%.2f", p.percent()) + " rate:" + (p.bytesPerSecond() >> 10)
                    + p.remaining().map(left -> " left:" + left.toSeconds()).orElse(""));
        }
        if (event instanceof DrbdEvent.SyncEnded e) {
            return List.of("end "
                    + e.last().kind().name().toLowerCase(Locale.ROOT).replace('_', '-') + name + " volume:"
                    + e.volume() + " complete:" + yes(e.complete()) + " bytes:"
                    + e.last().doneBytes() + " seconds:" + e.last().elapsed().toSeconds());
        }
        if (event instanceof DrbdEvent.IoError e) {
            return List.of("call helper name:local-io-error" + name.replace(" name:", " resource:") + " volume:"
                    + e.volume() + " detached:" + yes(e.detached()) + " kind:"
                    + e.cause().kind() + " offset:"
                    + e.cause().offset() + " cause:"
                    + quoted(String.valueOf(e.cause().getMessage())));
        }
        if (event instanceof DrbdEvent.Compared e) {
            List<String> lines = new ArrayList<>();
            lines.add("note device" + name + " volume:" + e.volume() + " compared:" + quoted(e.explanation()));
            handlers(e)
                    .forEach(handler -> lines.add("call helper name:" + handler + name.replace(" name:", " resource:")
                            + " volume:" + e.volume()));
            return lines;
        }
        if (event instanceof DrbdEvent.Fenced e) {
            return List.of("call helper name:fence-peer" + name.replace(" name:", " resource:")
                    + e.outcome().map(o -> " status:" + o.exitCode()).orElse("") + " heeded:" + yes(e.heeded())
                    + " words:" + quoted(e.words()));
        }
        DrbdEvent.Note e = (DrbdEvent.Note) event;
        return List.of((e.volume() < 0 ? "note resource" + name : "note device" + name + " volume:" + e.volume())
                + " words:" + quoted(e.words()));
    }

    private static List<String> handlers(DrbdEvent.Compared e) {
        return e.handlers().stream().map(SyncHandshake.Handler::handler).toList();
    }

    private static String yes(boolean is) {
        return is ? "yes" : "no";
    }

    private static String quoted(String words) {
        return '"' + words.replace('\n', ';').replace('"', '\'') + '"';
    }

    /** One line for each object that changed; all of them where nothing was before. */
    private static List<String> state(@Nullable VolumeState was, VolumeState is, String name, int volume) {
        String verb = was == null ? "exists " : "change ";
        List<String> lines = new ArrayList<>();
        add(lines, verb + "resource" + name, was, is, EventLines::resource);
        add(lines, verb + "connection" + name, was, is, EventLines::connection);
        add(lines, verb + "device" + name + " volume:" + volume, was, is, EventLines::device);
        add(lines, verb + "peer-device" + name + " volume:" + volume, was, is, EventLines::peerDevice);
        return lines;
    }

    private static void add(
            List<String> lines,
            String begin,
            @Nullable VolumeState was,
            VolumeState is,
            java.util.function.Function<VolumeState, String> words) {
        String now = words.apply(is);
        if (was == null || !words.apply(was).equals(now)) {
            lines.add(begin + now);
        }
    }

    private static String resource(VolumeState s) {
        return " role:" + s.role().label() + " suspended:" + yes((s.word() & SUSPENDED) != 0);
    }

    private static boolean introduced(VolumeState s) {
        return s.connection().isAtLeast(ConnectionState.CONNECTED);
    }

    private static String connection(VolumeState s) {
        return " connection:"
                + (introduced(s) ? ConnectionState.CONNECTED : s.connection()).label()
                + " role:" + s.peer().label();
    }

    private static String device(VolumeState s) {
        return " disk:" + s.disk().label();
    }

    private static String peerDevice(VolumeState s) {
        String replication = !introduced(s)
                ? "Off"
                : s.connection() == ConnectionState.CONNECTED
                        ? "Established"
                        : s.connection().label();
        return " replication:" + replication + " peer-disk:" + s.peerDisk().label() + " resync-suspended:"
                + yes((s.word() & PAUSED) != 0);
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
            fields.put("kind", e.cause().kind().name());
            fields.put("cause", String.valueOf(e.cause().getMessage()));
            fields.put("standAlone", e.standAlone());
        } else if (event instanceof DrbdEvent.Progress e) {
            fields.put("volume", (long) e.progress().volume());
            fields.put("progress", fields(e.progress()));
        } else if (event instanceof DrbdEvent.SyncEnded e) {
            fields.put("volume", (long) e.volume());
            fields.put("complete", e.complete());
            fields.put("progress", fields(e.last()));
        } else if (event instanceof DrbdEvent.IoError e) {
            fields.put("volume", (long) e.volume());
            fields.put("kind", e.cause().kind().name());
            fields.put("offset", e.cause().offset());
            fields.put("cause", String.valueOf(e.cause().getMessage()));
            fields.put("detached", e.detached());
        } else if (event instanceof DrbdEvent.Compared e) {
            fields.put("volume", (long) e.volume());
            fields.put("explanation", e.explanation());
            fields.put("handlers", String.join(" ", handlers(e)));
        } else if (event instanceof DrbdEvent.Fenced e) {
            e.outcome().ifPresent(o -> fields.put("outcome", o.name()));
            fields.put("heeded", e.heeded());
            fields.put("words", e.words());
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
        fields.put("resyncSuspended", (state.word() & PAUSED) != 0);
        fields.put("suspended", (state.word() & SUSPENDED) != 0);
        return fields;
    }

    static Map<String, Object> fields(SyncProgress p) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("kind", p.kind().name());
        fields.put("doneBytes", p.doneBytes());
        fields.put("totalBytes", p.totalBytes());
        fields.put("bytesPerSecond", p.bytesPerSecond());
        fields.put("elapsedMillis", p.elapsed().toMillis());
        p.remaining().ifPresent(left -> fields.put("remainingSeconds", left.toSeconds()));
        fields.put("paused", p.paused());
        return fields;
    }
}
