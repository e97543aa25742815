package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import java.util.List;
import java.util.Objects;

/**
 * A disk, partition or logical volume of one machine. Immutable.
 *
 * @param id its name
 * @param node the machine it is in
 * @param device path there, such as {@code /dev/sdb}
 * @param sizeBytes at least 512
 */
public record Disk(LayerId id, NodeId node, String device, long sizeBytes) implements Layer {
    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if the device has no path or less than a sector
     */
    public Disk {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(node, "node");
        if (device.isEmpty() || sizeBytes < 512) {
            throw new IllegalArgumentException(
                    "a disk has a path and a sector, got \"" + device + "\" and " + sizeBytes);
        }
    }

    /**
     * A disk.
     *
     * @param name its name
     * @param node name of the machine it is in
     * @param device path there
     * @param sizeBytes at least 512
     * @return the disk
     */
    public static Disk of(String name, String node, String device, long sizeBytes) {
        return new Disk(new LayerId(name), new NodeId(node), device, sizeBytes);
    }

    @Override
    public Kind kind() {
        return Kind.DISK;
    }

    @Override
    public List<LayerId> lower() {
        return List.of();
    }

    @Override
    public void describe(ClaimSink sink) {
        sink.refers(node);
    }
}
