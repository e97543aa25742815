package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.OcfsId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A file system on a layer. Immutable.
 *
 * @param id its name
 * @param format which one
 * @param device the layer it is on
 * @param sizeBytes how much of that layer it uses, at least 1
 * @param blockNumberBits 32 or 64: how it counts blocks of 4 KiB
 * @param slots how many machines can mount it at once; 1 but for OCFS2
 * @param cluster whose members may mount it; empty but for OCFS2
 */
public record FileSystem(
        LayerId id,
        Format format,
        LayerId device,
        long sizeBytes,
        int blockNumberBits,
        int slots,
        Optional<OcfsId> cluster)
        implements Layer {
    /** Which file system. Immutable. */
    public enum Format {
        /** The third extended one. */
        EXT3,
        /** The fourth extended one. */
        EXT4,
        /** XFS. */
        XFS,
        /** Oracle's cluster file system, second version. */
        OCFS2
    }

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the size, the width or the number of slots is out of range
     */
    public FileSystem {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(cluster, "cluster");
        if (sizeBytes < 1 || (blockNumberBits != 32 && blockNumberBits != 64) || slots < 1) {
            throw new IllegalArgumentException("a file system has a size, 32 or 64 bits and a slot, got " + sizeBytes
                    + ", " + blockNumberBits + " and " + slots);
        }
    }

    @Override
    public Kind kind() {
        return Kind.FILE_SYSTEM;
    }

    @Override
    public List<LayerId> lower() {
        return List.of(device);
    }

    @Override
    public void describe(ClaimSink sink) {
        sink.refers(device);
        cluster.ifPresent(sink::refers);
    }
}
