package io.diskless.drbd.state;

import io.diskless.drbd.wire.ConnectionState;
import java.util.EnumMap;
import java.util.Map;

/**
 * Draws the {@link ConnectionChart} as SVG. The steps that every state with a connection has are one note instead of a
 * hundred arrows.
 *
 * <p>Stateless, thread-safe.
 */
public final class ConnectionDrawing {
    private static final int WIDTH = 1320;
    private static final int HEIGHT = 800;
    private static final int BOX_WIDTH = 124;
    private static final int BOX_HEIGHT = 34;

    /** Where each state lies: middle of its box. */
    private static final Map<ConnectionState, int[]> PLACE = new EnumMap<>(ConnectionState.class);

    static {
        place(ConnectionState.STAND_ALONE, 100, 60);
        place(ConnectionState.UNCONNECTED, 360, 60);
        place(ConnectionState.WF_CONNECTION, 660, 60);
        place(ConnectionState.WF_REPORT_PARAMS, 660, 260);
        place(ConnectionState.DISCONNECTING, 100, 150);
        place(ConnectionState.TIMEOUT, 250, 150);
        place(ConnectionState.BROKEN_PIPE, 390, 150);
        place(ConnectionState.NETWORK_FAILURE, 530, 150);
        place(ConnectionState.PROTOCOL_ERROR, 800, 150);
        place(ConnectionState.TEAR_DOWN, 940, 150);
        place(ConnectionState.CONNECTED, 660, 400);
        place(ConnectionState.VERIFY_S, 590, 530);
        place(ConnectionState.VERIFY_T, 740, 530);
        place(ConnectionState.STARTING_SYNC_S, 340, 400);
        place(ConnectionState.WF_BITMAP_S, 100, 260);
        place(ConnectionState.AHEAD, 440, 530);
        place(ConnectionState.SYNC_SOURCE, 230, 620);
        place(ConnectionState.PAUSED_SYNC_S, 230, 740);
        place(ConnectionState.STARTING_SYNC_T, 980, 400);
        place(ConnectionState.WF_BITMAP_T, 1220, 260);
        place(ConnectionState.WF_SYNC_UUID, 1220, 480);
        place(ConnectionState.BEHIND, 890, 530);
        place(ConnectionState.SYNC_TARGET, 1090, 620);
        place(ConnectionState.PAUSED_SYNC_T, 1090, 740);
    }

    private ConnectionDrawing() {}

    private static void place(ConnectionState state, int x, int y) {
        PLACE.put(state, new int[] {x, y});
    }

    /**
     * The drawing.
     *
     * @return an SVG document
     */
    public static String svg() {
        StringBuilder svg = new StringBuilder(20_000);
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(HEIGHT)
                .append("\" font-family=\"sans-serif\" font-size=\"12\">\n")
                .append("<defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" ")
                .append(
                        "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#555\"/></marker></defs>\n")
                .append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (ConnectionChart.Step step : ConnectionChart.steps()) {
            if (!ConnectionChart.endsAConnection(step) && !isEnd(step)) {
                arrow(svg, step);
            }
        }
        PLACE.forEach((state, at) -> box(svg, state, at));
        note(
                svg,
                400,
                656,
                "From WFConnection on: timed out, closed, lost or violated lead up to the row of failures;");
        note(svg, 400, 678, "from WFReportParams on, a peer that disconnects leads to TearDown.");
        note(svg, 400, 696, "From everywhere but StandAlone, disconnect leads to Disconnecting.");
        note(svg, 400, 714, "All states below Connected end in it when finished, or when a disk is lost.");
        return svg.append("</svg>\n").toString();
    }

    private static boolean isEnd(ConnectionChart.Step step) {
        return step.event() == ConnectionEvent.FINISHED;
    }

    private static void box(StringBuilder svg, ConnectionState state, int[] at) {
        boolean replicates = state.isAtLeast(ConnectionState.CONNECTED);
        svg.append(String.format(
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"%s\" stroke=\"#333\"/>%n",
                at[0] - BOX_WIDTH / 2,
                at[1] - BOX_HEIGHT / 2,
                BOX_WIDTH,
                BOX_HEIGHT,
                replicates ? "#dcefdc" : "#f2e6d8"));
        svg.append(String.format(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d %s</text>%n",
                at[0], at[1] + 4, state.code(), state.label()));
    }

    private static void note(StringBuilder svg, int x, int y, String text) {
        svg.append(String.format("<text x=\"%d\" y=\"%d\" fill=\"#333\">%s</text>%n", x, y, text));
    }

    /** A straight arrow between the edges of two boxes; there and back run side by side. */
    private static void arrow(StringBuilder svg, ConnectionChart.Step step) {
        int[] from = PLACE.get(step.from());
        int[] to = PLACE.get(step.to());
        if (from == null || to == null) {
            throw new AssertionError("no place in the drawing for " + step);
        }
        double dx = to[0] - from[0];
        double dy = to[1] - from[1];
        double length = Math.hypot(dx, dy);
        // Shifted to the right of its direction where there is a way back, which would cover it.
        boolean back = ConnectionChart.steps().stream()
                .anyMatch(s -> s.from() == step.to() && s.to() == step.from() && !isEnd(s));
        double shift = back ? 7 : 0;
        double sx = -dy / length * shift;
        double sy = dx / length * shift;
        double leave = edge(dx, dy);
        double x1 = from[0] + dx * leave + sx;
        double y1 = from[1] + dy * leave + sy;
        double x2 = to[0] - dx * leave + sx;
        double y2 = to[1] - dy * leave + sy;
        svg.append(String.format(
                "<line x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\" stroke=\"#555\" marker-end=\"url(#a)\"/>%n",
                x1, y1, x2, y2));
        double share = Math.abs(dy) < 1 ? 0.5 : 0.42;
        svg.append(String.format(
                "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\" font-size=\"10\" fill=\"#225\" stroke=\"white\" "
                        + "stroke-width=\"3\" paint-order=\"stroke\">%s</text>%n",
                x1 + (x2 - x1) * share,
                y1 + (y2 - y1) * share + (Math.abs(dy) < 1 ? -4 : 3),
                step.event().words()));
    }

    /** Which share of the way between two middles lies inside a box. */
    private static double edge(double dx, double dy) {
        double byWidth = Math.abs(dx) < 1 ? 1 : BOX_WIDTH / 2.0 / Math.abs(dx);
        double byHeight = Math.abs(dy) < 1 ? 1 : BOX_HEIGHT / 2.0 / Math.abs(dy);
        return Math.min(byWidth, byHeight);
    }
}
