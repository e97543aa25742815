package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.LayerId;
import java.util.List;
import java.util.Objects;

/**
 * Several ways to one volume, used as one device by whoever uses it. Immutable.
 *
 * @param id its name
 * @param paths exports of one volume, at least one
 */
public record Multipath(LayerId id, List<LayerId> paths) implements Layer {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no path
     */
    public Multipath {
        Objects.requireNonNull(id, "id");
        paths = List.copyOf(paths);
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("a multipath device has a path, " + id + " has none");
        }
    }

    /**
     * Several ways to one volume.
     *
     * @param name its name
     * @param paths names of exports
     * @return the device
     */
    public static Multipath of(String name, String... paths) {
        return new Multipath(
                new LayerId(name), List.of(paths).stream().map(LayerId::new).toList());
    }

    @Override
    public Kind kind() {
        return Kind.MULTIPATH;
    }

    @Override
    public List<LayerId> lower() {
        return paths;
    }

    @Override
    public void describe(ClaimSink sink) {
        paths.forEach(sink::refers);
    }
}
