package io.diskless.benchmarks.lab.report;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Progress as text. On a terminal the current phase is one line that is drawn again and again; elsewhere (a file, a build
 * log) a phase leaves a line now and then and one at its end. Thread-safe.
 */
public final class LineProgress implements Progress {
    private static final int BAR = 14;
    /** Narrower than the narrowest usual terminal, so that a line never wraps and can be drawn over. */
    private static final int WIDTH = 79;

    private static final long REDRAW_NANOS = 100_000_000;
    private static final long PLAIN_NANOS = 2_000_000_000;
    private static final double NANOS_PER_SECOND = 1e9;
    /** Before this much is done an estimate says more about its noise. */
    private static final double ESTIMATE_FROM = 0.05;

    private final PrintStream out;
    private final boolean terminal;
    private final Glyphs glyphs;
    private final LongSupplier clock;
    private @Nullable String phase;
    private String figures = "";
    private double fraction = UNKNOWN;
    private long began;
    private long drawn;

    /**
     * Shows on a stream.
     *
     * @param out where to
     * @param terminal whether lines can be drawn over
     * @param glyphs what it can show
     * @param clock nanoseconds
     */
    public LineProgress(PrintStream out, boolean terminal, Glyphs glyphs, LongSupplier clock) {
        this.out = out;
        this.terminal = terminal;
        this.glyphs = glyphs;
        this.clock = clock;
    }

    @Override
    public synchronized void phase(String name) {
        finish(true);
        phase = name;
        figures = "";
        fraction = UNKNOWN;
        began = clock.getAsLong();
        drawn = began;
        if (terminal) {
            draw();
        }
    }

    @Override
    public synchronized void update(double newFraction, String newFigures) {
        fraction = newFraction;
        figures = newFigures;
        if (phase != null && clock.getAsLong() - drawn >= (terminal ? REDRAW_NANOS : PLAIN_NANOS)) {
            draw();
            drawn = clock.getAsLong();
        }
    }

    @Override
    public synchronized void note(String line) {
        out.println((terminal ? "\r\033[K" : "") + line);
        if (terminal && phase != null) {
            draw();
        }
        out.flush();
    }

    @Override
    public synchronized void end(boolean good) {
        finish(good);
    }

    @Override
    public synchronized void close() {
        finish(false);
    }

    private void finish(boolean good) {
        if (phase == null) {
            return;
        }
        String line = String.format(
                Locale.ROOT,
                "%s%-12s %5.1f s  %s",
                sign(good ? glyphs.good() : glyphs.bad()),
                phase,
                seconds(),
                figures);
        out.println((terminal ? "\r\033[K" : "") + line.stripTrailing());
        out.flush();
        phase = null;
    }

    private void draw() {
        StringBuilder line = new StringBuilder(
                String.format(Locale.ROOT, "%s%-12s %5.1f s  ", sign(glyphs.running()), phase, seconds()));
        if (!Double.isNaN(fraction)) {
            double part = Math.max(0, Math.min(1, fraction));
            if (terminal) {
                int full = (int) Math.round(part * BAR);
                line.append(glyphs.full().repeat(full))
                        .append(glyphs.empty().repeat(BAR - full))
                        .append(' ');
            }
            line.append(String.format(Locale.ROOT, "%3.0f %%  ", part * 100));
            if (part >= ESTIMATE_FROM && part < 1) {
                line.append(String.format(Locale.ROOT, "ETA %.0f s  ", Math.ceil(seconds() * (1 - part) / part)));
            }
        }
        line.append(figures);
        String text = line.length() > WIDTH && terminal ? line.substring(0, WIDTH) : line.toString();
        if (terminal) {
            out.print("\r\033[K" + text);
        } else {
            out.println(text.stripTrailing());
        }
        out.flush();
    }

    /** All signs as wide as the widest. */
    private String sign(String sign) {
        return sign + " ".repeat(glyphs.bad().length() + 1 - sign.length());
    }

    private double seconds() {
        return (clock.getAsLong() - began) / NANOS_PER_SECOND;
    }
}
