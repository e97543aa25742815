package io.diskless.drbd.state;

import static io.diskless.drbd.wire.ConnectionState.AHEAD;
import static io.diskless.drbd.wire.ConnectionState.BEHIND;
import static io.diskless.drbd.wire.ConnectionState.BROKEN_PIPE;
import static io.diskless.drbd.wire.ConnectionState.CONNECTED;
import static io.diskless.drbd.wire.ConnectionState.DISCONNECTING;
import static io.diskless.drbd.wire.ConnectionState.NETWORK_FAILURE;
import static io.diskless.drbd.wire.ConnectionState.PAUSED_SYNC_S;
import static io.diskless.drbd.wire.ConnectionState.PAUSED_SYNC_T;
import static io.diskless.drbd.wire.ConnectionState.PROTOCOL_ERROR;
import static io.diskless.drbd.wire.ConnectionState.STAND_ALONE;
import static io.diskless.drbd.wire.ConnectionState.STARTING_SYNC_S;
import static io.diskless.drbd.wire.ConnectionState.STARTING_SYNC_T;
import static io.diskless.drbd.wire.ConnectionState.SYNC_SOURCE;
import static io.diskless.drbd.wire.ConnectionState.SYNC_TARGET;
import static io.diskless.drbd.wire.ConnectionState.TEAR_DOWN;
import static io.diskless.drbd.wire.ConnectionState.TIMEOUT;
import static io.diskless.drbd.wire.ConnectionState.UNCONNECTED;
import static io.diskless.drbd.wire.ConnectionState.VERIFY_S;
import static io.diskless.drbd.wire.ConnectionState.VERIFY_T;
import static io.diskless.drbd.wire.ConnectionState.WF_BITMAP_S;
import static io.diskless.drbd.wire.ConnectionState.WF_BITMAP_T;
import static io.diskless.drbd.wire.ConnectionState.WF_CONNECTION;
import static io.diskless.drbd.wire.ConnectionState.WF_REPORT_PARAMS;
import static io.diskless.drbd.wire.ConnectionState.WF_SYNC_UUID;

import io.diskless.drbd.wire.ConnectionState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The connection states of a volume and what leads from one to another, as data (semantics spec §2.1): to be followed,
 * printed ({@link #text()}) and drawn ({@link #dot()}, {@link ConnectionDrawing#svg()}).
 *
 * <p>Immutable, thread-safe.
 */
public final class ConnectionChart {
    /**
     * One step.
     *
     * @param from the state before
     * @param event what happens
     * @param to the state after
     */
    public record Step(ConnectionState from, ConnectionEvent event, ConnectionState to) {}

    private static final Map<ConnectionState, Map<ConnectionEvent, ConnectionState>> TABLE =
            new EnumMap<>(ConnectionState.class);

    private static final ConnectionState[] REAL = {
        STAND_ALONE,
        DISCONNECTING,
        UNCONNECTED,
        TIMEOUT,
        BROKEN_PIPE,
        NETWORK_FAILURE,
        PROTOCOL_ERROR,
        TEAR_DOWN,
        WF_CONNECTION,
        WF_REPORT_PARAMS,
        CONNECTED,
        STARTING_SYNC_S,
        STARTING_SYNC_T,
        WF_BITMAP_S,
        WF_BITMAP_T,
        WF_SYNC_UUID,
        SYNC_SOURCE,
        SYNC_TARGET,
        VERIFY_S,
        VERIFY_T,
        PAUSED_SYNC_S,
        PAUSED_SYNC_T,
        AHEAD,
        BEHIND
    };

    static {
        step(STAND_ALONE, ConnectionEvent.CONNECT, UNCONNECTED);
        step(DISCONNECTING, ConnectionEvent.CLEARED, STAND_ALONE);
        step(UNCONNECTED, ConnectionEvent.LISTEN, WF_CONNECTION);
        step(WF_CONNECTION, ConnectionEvent.AUTHENTICATED, WF_REPORT_PARAMS);
        step(WF_REPORT_PARAMS, ConnectionEvent.SAME_DATA, CONNECTED);

        step(CONNECTED, ConnectionEvent.INVALIDATE_REMOTE, STARTING_SYNC_S);
        step(CONNECTED, ConnectionEvent.INVALIDATE, STARTING_SYNC_T);
        step(CONNECTED, ConnectionEvent.VERIFY, VERIFY_S);
        step(CONNECTED, ConnectionEvent.PEER_VERIFIES, VERIFY_T);
        step(CONNECTED, ConnectionEvent.CONGESTED, AHEAD);
        step(CONNECTED, ConnectionEvent.PEER_AHEAD, BEHIND);
        step(CONNECTED, ConnectionEvent.RENEGOTIATE, WF_REPORT_PARAMS);

        step(STARTING_SYNC_S, ConnectionEvent.ALL_BITS_SET, SYNC_SOURCE);
        step(STARTING_SYNC_T, ConnectionEvent.ALL_BITS_SET, WF_SYNC_UUID);
        step(WF_BITMAP_S, ConnectionEvent.BITMAPS_EXCHANGED, SYNC_SOURCE);
        step(WF_BITMAP_T, ConnectionEvent.BITMAPS_EXCHANGED, WF_SYNC_UUID);
        step(WF_SYNC_UUID, ConnectionEvent.SYNC_UUID, SYNC_TARGET);
        step(SYNC_SOURCE, ConnectionEvent.PAUSE, PAUSED_SYNC_S);
        step(SYNC_TARGET, ConnectionEvent.PAUSE, PAUSED_SYNC_T);
        step(PAUSED_SYNC_S, ConnectionEvent.RESUME, SYNC_SOURCE);
        step(PAUSED_SYNC_T, ConnectionEvent.RESUME, SYNC_TARGET);
        step(AHEAD, ConnectionEvent.DRAINED, SYNC_SOURCE);
        step(BEHIND, ConnectionEvent.SYNC_UUID, SYNC_TARGET);
        step(SYNC_SOURCE, ConnectionEvent.CONGESTED, AHEAD);
        step(SYNC_TARGET, ConnectionEvent.PEER_AHEAD, BEHIND);
        step(PAUSED_SYNC_T, ConnectionEvent.PEER_AHEAD, BEHIND);
        step(CONNECTED, ConnectionEvent.GROWN, SYNC_SOURCE);
        step(CONNECTED, ConnectionEvent.PEER_GREW, WF_SYNC_UUID);
        // Somebody wants the resync to pause that begins.
        for (ConnectionState source : new ConnectionState[] {STARTING_SYNC_S, WF_BITMAP_S, AHEAD, CONNECTED}) {
            step(source, ConnectionEvent.BEGINS_PAUSED, PAUSED_SYNC_S);
        }
        for (ConnectionState target : new ConnectionState[] {WF_SYNC_UUID, BEHIND}) {
            step(target, ConnectionEvent.BEGINS_PAUSED, PAUSED_SYNC_T);
        }

        for (ConnectionState negotiating : new ConnectionState[] {WF_REPORT_PARAMS, CONNECTED}) {
            // When connected: a disk was attached, or a peer was promoted by force.
            step(negotiating, ConnectionEvent.BE_SOURCE, WF_BITMAP_S);
            step(negotiating, ConnectionEvent.BE_TARGET, WF_BITMAP_T);
        }
        for (ConnectionState s : REAL) {
            if (s.isAtLeast(CONNECTED) && s != CONNECTED) {
                step(s, ConnectionEvent.FINISHED, CONNECTED);
            }
            if (s.isAtLeast(TIMEOUT) && !s.isAtLeast(WF_CONNECTION)) {
                step(s, ConnectionEvent.CLEARED, UNCONNECTED);
            }
            if (s.isAtLeast(WF_CONNECTION)) {
                // Sockets are there from the middle of WFConnection on.
                step(s, ConnectionEvent.TIMED_OUT, TIMEOUT);
                step(s, ConnectionEvent.CLOSED, BROKEN_PIPE);
                step(s, ConnectionEvent.LOST, NETWORK_FAILURE);
                step(s, ConnectionEvent.VIOLATED, PROTOCOL_ERROR);
            }
            if (s.isAtLeast(WF_REPORT_PARAMS)) {
                step(s, ConnectionEvent.PEER_DISCONNECTS, TEAR_DOWN);
            }
            if (s.isAtLeast(UNCONNECTED)) {
                step(s, ConnectionEvent.DISCONNECT, DISCONNECTING);
            }
        }
    }

    private ConnectionChart() {}

    private static void step(ConnectionState from, ConnectionEvent event, ConnectionState to) {
        ConnectionState other = TABLE.computeIfAbsent(from, k -> new EnumMap<>(ConnectionEvent.class))
                .put(event, to);
        if (other != null) {
            throw new AssertionError(from + " on " + event + " leads both to " + other + " and to " + to);
        }
    }

    /**
     * Where an event leads.
     *
     * @param from the state as it is
     * @param event what happens
     * @return the next state, or empty if the event does not happen in this state or changes nothing
     */
    public static Optional<ConnectionState> next(ConnectionState from, ConnectionEvent event) {
        return Optional.ofNullable(TABLE.getOrDefault(from, Map.of()).get(event));
    }

    /**
     * Whether a step leads from one state to another, or both are the same.
     *
     * @param from the state before
     * @param to the state after
     * @return false if there is no such step
     */
    public static boolean leads(ConnectionState from, ConnectionState to) {
        return from == to || TABLE.getOrDefault(from, Map.of()).containsValue(to);
    }

    /**
     * All steps.
     *
     * @return ordered by state, then by event
     */
    public static List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        TABLE.forEach((from, row) -> row.forEach((event, to) -> steps.add(new Step(from, event, to))));
        steps.sort(Comparator.comparing(Step::from).thenComparing(Step::event));
        return steps;
    }

    /**
     * The table as text, one line for each step.
     *
     * @return columns from, event, to
     */
    public static String text() {
        StringBuilder text = new StringBuilder(String.format("%-15s %-18s %s%n", "from", "event", "to"));
        for (Step s : steps()) {
            text.append(String.format(
                    "%-15s %-18s %s%n", s.from().label(), s.event().words(), s.to().label()));
        }
        return text.toString();
    }

    /**
     * The table as a graph in the DOT language. Steps that nearly all states have in common are left out: what ends a
     * connection.
     *
     * @return a digraph
     */
    public static String dot() {
        StringBuilder text = new StringBuilder("digraph drbd {\n  node [shape=box, style=rounded];\n");
        for (Step s : steps()) {
            if (!endsAConnection(s)) {
                text.append("  \"").append(s.from().label()).append("\" -> \"");
                text.append(s.to().label())
                        .append("\" [label=\"")
                        .append(s.event().words())
                        .append("\"];\n");
            }
        }
        return text.append("}\n").toString();
    }

    /** Whether a step is one of those that all states with a connection have. */
    static boolean endsAConnection(Step s) {
        boolean down = s.to().isAtLeast(DISCONNECTING) && !s.to().isAtLeast(WF_CONNECTION);
        return s.event() == ConnectionEvent.DISCONNECT || (down && s.from().isAtLeast(WF_CONNECTION));
    }
}
