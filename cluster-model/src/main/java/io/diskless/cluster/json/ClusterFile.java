package io.diskless.cluster.json;

import io.diskless.cluster.model.Cluster;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A site as it stands in a file: what we understand of it, and the fields that we do not, which are written back. Immutable.
 *
 * @param cluster the site
 * @param unknown fields of a later version or of somebody else by their place, such as
 *     {@code desired/node/h1/machine/colour}, each as JSON
 */
public record ClusterFile(Cluster cluster, Map<String, String> unknown) {
    /** Copies the map. */
    public ClusterFile {
        Objects.requireNonNull(cluster, "cluster");
        unknown = Collections.unmodifiableMap(new TreeMap<>(unknown));
    }

    /**
     * A site without fields of others.
     *
     * @param cluster the site
     * @return its file
     */
    public static ClusterFile of(Cluster cluster) {
        return new ClusterFile(cluster, Map.of());
    }

    /**
     * The file after the site changed; unknown fields of what is still there stay.
     *
     * @param next the changed site
     * @return a new file
     */
    public ClusterFile with(Cluster next) {
        return new ClusterFile(next, unknown);
    }
}
