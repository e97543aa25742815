package io.diskless.cluster.cli;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Cluster;
import java.io.IOException;
import java.nio.file.Path;

/** Reads models. Stateless. */
final class SiteFile {
    private SiteFile() {}

    /**
     * A site.
     *
     * @throws IOException if the file cannot be read
     * @throws io.diskless.cluster.conf.ConfigException if it is no model
     */
    static Cluster read(Path file) throws IOException {
        return ClusterJson.read(file.toString(), ConfigText.read(file).text()).cluster();
    }
}
