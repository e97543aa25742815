package io.diskless.cluster.conf.drbd;

/** The three forms of drbd.conf, named by the DRBD release that speaks them; later ones come later. Immutable. */
public enum DrbdDialect {
    /** DRBD 8.0 to 8.3: {@code syncer} sections, flags without a value, one device for each resource. */
    V8_3("8.3"),
    /** DRBD 8.4: volumes, {@code options}, everything of {@code syncer} moved to {@code disk} and {@code net}. */
    V8_4("8.4"),
    /** DRBD 9: node ids, connections, quorum. */
    V9("9");

    private final String release;

    DrbdDialect(String release) {
        this.release = release;
    }

    /** {@return {@code 8.3}, {@code 8.4} or {@code 9}} */
    public String release() {
        return release;
    }

    /**
     * The dialect of that release.
     *
     * @param release {@code 8.3}, {@code 8.4} or {@code 9}
     * @return the dialect
     * @throws IllegalArgumentException if it is another
     */
    public static DrbdDialect of(String release) {
        for (DrbdDialect dialect : values()) {
            if (dialect.release.equals(release)) {
                return dialect;
            }
        }
        throw new IllegalArgumentException("expected 8.3, 8.4 or 9, got \"" + release + "\"");
    }
}
