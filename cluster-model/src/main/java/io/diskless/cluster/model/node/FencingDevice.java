package io.diskless.cluster.model.node;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.NodeId;
import java.util.List;
import java.util.Objects;

/**
 * Something that can cut a machine off. Immutable.
 *
 * @param id its name
 * @param method how, such as {@code ipmi} or {@code switch-port}
 * @param reaches which nodes
 * @param power which feed it hangs on itself; empty if not known
 */
public record FencingDevice(FencerId id, String method, List<NodeId> reaches, String power) implements Entity {
    /** Copies the list. */
    public FencingDevice {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(power, "power");
        reaches = List.copyOf(reaches);
    }

    @Override
    public Kind kind() {
        return Kind.FENCING_DEVICE;
    }

    @Override
    public void describe(ClaimSink sink) {
        reaches.forEach(sink::refers);
    }
}
