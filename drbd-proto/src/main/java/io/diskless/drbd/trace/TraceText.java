package io.diskless.drbd.trace;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.packet.Packet;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Events of a conversation in words: one line each for people, or fields for programs.
 *
 * <p>Stateless, thread-safe.
 */
public final class TraceText {
    private TraceText() {}

    /**
     * One line, without its end.
     *
     * @param event any
     * @param startNanos what time 0 is, since 1970
     * @return time in seconds, sender, receiver, then what happened
     */
    public static String line(TraceEvent event, long startNanos) {
        long micros = (event.nanos() - startNanos) / 1000;
        StringBuilder line = new StringBuilder(160);
        line.append(
                String.format("%5d.%06d  %s > %s  ", micros / 1_000_000, micros % 1_000_000, event.from(), event.to()));
        if (event instanceof TraceEvent.Seen seen) {
            packet(line, seen);
        } else if (event instanceof TraceEvent.Agreed agreed) {
            line.append("==== ")
                    .append(agreed.dialect()
                            .map(dialect -> "protocol " + dialect + ", " + headers(dialect))
                            .orElse("no protocol version in common"));
        } else if (event instanceof TraceEvent.Opened) {
            line.append("---- connected");
        } else if (event instanceof TraceEvent.Closed closed) {
            line.append(closed.reset() ? "---- reset" : "---- closed");
        } else if (event instanceof TraceEvent.Cut cut) {
            line.append("???? ").append(cut.count()).append(" bytes are no whole packet");
            if (cut.missing() > 0) {
                line.append(", ").append(cut.missing()).append(" more are missing");
            }
            line.append(": ").append(cut.why());
        }
        return line.toString();
    }

    /**
     * The fields of an event, in order.
     *
     * @param event any
     * @return names and values; a value is a Long, a String, a Boolean or again such a map
     */
    public static Map<String, Object> fields(TraceEvent event) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("nanos", event.nanos());
        fields.put("from", event.from());
        fields.put("to", event.to());
        if (event instanceof TraceEvent.Seen seen) {
            Packet packet = seen.frame().packet();
            fields.put("event", "packet");
            fields.put("socket", seen.socket().map(TraceText::socket).orElse("?"));
            fields.put("header", seen.frame().format().name());
            fields.put("volume", (long) seen.frame().volume());
            fields.put("packet", name(packet));
            fields.put("length", (long) packet.length());
            fields.put("fields", PacketFields.of(packet));
        } else if (event instanceof TraceEvent.Agreed agreed) {
            fields.put("event", "agreed");
            fields.put("version", agreed.dialect().map(d -> (long) d.version()).orElse(0L));
            fields.put(
                    "features",
                    agreed.dialect()
                            .map(d -> Dialect.featureNames(d.features()))
                            .orElse(""));
        } else if (event instanceof TraceEvent.Opened) {
            fields.put("event", "connected");
        } else if (event instanceof TraceEvent.Closed closed) {
            fields.put("event", "closed");
            fields.put("reset", closed.reset());
        } else if (event instanceof TraceEvent.Cut cut) {
            fields.put("event", "cut");
            fields.put("bytes", cut.count());
            fields.put("missing", cut.missing());
            fields.put("why", cut.why());
        }
        return fields;
    }

    private static void packet(StringBuilder line, TraceEvent.Seen seen) {
        Packet packet = seen.frame().packet();
        line.append(seen.socket().map(TraceText::socket).orElse("?   "))
                .append("  ")
                .append(name(packet));
        if (seen.dialect().hasVolumes() && !packet.type().isConnectionLevel()) {
            line.append(" vol ").append(seen.frame().volume());
        }
        for (Map.Entry<String, Object> field : PacketFields.of(packet).entrySet()) {
            String value = field.getValue().toString();
            if (field.getKey().equals("state")) {
                line.append("  ").append(value);
            } else if (!value.isEmpty()) {
                line.append("  ").append(field.getKey()).append('=').append(value);
            }
        }
    }

    private static String name(Packet packet) {
        return packet.type() == PacketType.UNKNOWN ? "unknown" : packet.type().label();
    }

    private static String socket(SocketKind kind) {
        return switch (kind) {
            case DATA -> "data";
            case META -> "meta";
        };
    }

    private static String headers(Dialect dialect) {
        return dialect.shortHeader().length() + "-byte headers from here on";
    }
}
