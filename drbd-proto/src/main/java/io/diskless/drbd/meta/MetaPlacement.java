package io.diskless.drbd.meta;

/**
 * Where meta-data lies (drbd-semantics §9.1), as {@code meta-disk} and {@code flexible-meta-disk} of drbd.conf say it.
 *
 * <p>Immutable.
 *
 * @param kind which of the three
 * @param index the slot of 128 MiB, for {@link Kind#INDEXED}; else 0
 */
public record MetaPlacement(Kind kind, int index) {
    /** The three places. */
    public enum Kind {
        /** At the end of the data device. */
        INTERNAL,
        /** On a device of its own, as large as needed. */
        FLEXIBLE,
        /** In one of the slots of 128 MiB of a device that several volumes share. */
        INDEXED
    }

    /** At the end of the data device. */
    public static final MetaPlacement INTERNAL = new MetaPlacement(Kind.INTERNAL, 0);

    /** A whole device of its own. */
    public static final MetaPlacement FLEXIBLE = new MetaPlacement(Kind.FLEXIBLE, 0);

    /**
     * Checks the index.
     *
     * @throws IllegalArgumentException if it is negative, or given where none belongs
     */
    public MetaPlacement {
        if (index < 0 || (index > 0 && kind != Kind.INDEXED)) {
            throw new IllegalArgumentException("no meta-data slot " + index + " for " + kind);
        }
    }

    /**
     * A slot of 128 MiB.
     *
     * @param index from 0
     * @return the place
     */
    public static MetaPlacement indexed(int index) {
        return new MetaPlacement(Kind.INDEXED, index);
    }

    /**
     * Reads what drbdmeta takes on its command line.
     *
     * @param text {@code internal}, {@code flex-external}, {@code flexible} or a number
     * @return the place
     * @throws IllegalArgumentException if it is none of these
     */
    public static MetaPlacement parse(String text) {
        return switch (text) {
            case "internal", "flex-internal" -> INTERNAL;
            case "flex-external", "flexible" -> FLEXIBLE;
            default -> {
                try {
                    yield indexed(Integer.parseInt(text));
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException(
                            "meta-data place must be internal, flex-external or an index, got '" + text + "'", e);
                }
            }
        };
    }

    /** The word drbdmeta uses. */
    @Override
    public String toString() {
        return switch (kind) {
            case INTERNAL -> "internal";
            case FLEXIBLE -> "flex-external";
            case INDEXED -> Integer.toString(index);
        };
    }
}
