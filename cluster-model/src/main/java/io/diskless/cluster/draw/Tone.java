package io.diskless.cluster.draw;

/** How a box or line is coloured. Immutable. */
public enum Tone {
    /** Nothing to say of it. */
    PLAIN("plain", "#f4f6f8", "#5b6b7b"),
    /** Good, or new. */
    GOOD("good", "#e2f5e6", "#1e7d3c"),
    /** Works, and nothing is left. */
    WARN("warn", "#fdf1d8", "#9a6700"),
    /** Does not work, or is gone. */
    BAD("bad", "#fde5e3", "#b3261e"),
    /** There, and not what it is about. */
    QUIET("quiet", "#fafbfc", "#a8b3bd");

    private final String word;
    private final String fill;
    private final String stroke;

    Tone(String word, String fill, String stroke) {
        this.word = word;
        this.fill = fill;
        this.stroke = stroke;
    }

    /** {@return the name of its class in SVG and Mermaid} */
    String word() {
        return word;
    }

    /** {@return on a light page} */
    String fill() {
        return fill;
    }

    /** {@return of outlines and text, on a light page} */
    String stroke() {
        return stroke;
    }
}
