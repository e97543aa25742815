package io.diskless.cluster.block;

import java.util.Objects;

/** How {@link OverlayDevice} makes and opens an overlay. Immutable. */
public final class OverlayOptions {
    /** What an overlay remembers of its base, to be sure that it is opened over the same one. */
    public enum BaseCheck {
        /** The size only. */
        SIZE,
        /** The size, and a checksum of 256 pieces spread over the base: quick, finds another image, may miss an edit. */
        SAMPLES,
        /** The size, and a checksum of every byte: reads the whole base at each opening. */
        EVERYTHING
    }

    private static final OverlayOptions DEFAULTS = new OverlayOptions(4096, BaseCheck.SAMPLES);

    private final int cluster;
    private final BaseCheck baseCheck;

    private OverlayOptions(int cluster, BaseCheck baseCheck) {
        this.cluster = cluster;
        this.baseCheck = baseCheck;
    }

    /**
     * Clusters of 4096 bytes and a base that is known by samples.
     *
     * @return the preset
     */
    public static OverlayOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Another cluster for a new overlay. A write of less than a cluster, where nothing was written before, reads the rest
     * of it from the base; so the block of the file system is the best choice. An existing overlay keeps its own.
     *
     * @param bytes a power of two, 512 to 1 MiB
     * @return the options with that cluster
     */
    public OverlayOptions withCluster(int bytes) {
        if (bytes < BlockGeometry.SECTOR || bytes > 1 << 20 || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("a cluster is a power of two from 512 to 1 MiB, got " + bytes);
        }
        return new OverlayOptions(bytes, baseCheck);
    }

    /**
     * Another way to know the base of a new overlay. An existing overlay keeps its own.
     *
     * @param check what to remember
     * @return the options with that check
     */
    public OverlayOptions withBaseCheck(BaseCheck check) {
        return new OverlayOptions(cluster, Objects.requireNonNull(check, "check"));
    }

    /**
     * What is copied from the base in one piece.
     *
     * @return bytes
     */
    public int cluster() {
        return cluster;
    }

    /**
     * What a new overlay remembers of its base.
     *
     * @return the check
     */
    public BaseCheck baseCheck() {
        return baseCheck;
    }
}
