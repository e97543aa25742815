package io.diskless.netboot.cli;

import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.ClusterHosts;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.Hosts;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The known machines out of a file: a site as JSON, or a short host list. Thread-safe; what is read takes effect whole or not
 * at all.
 */
final class Site implements Hosts {
    private volatile Hosts now = new HostList();

    /** Reads the file anew; what was read before stays where it is wrong. */
    void read(Path file) throws IOException {
        String text = Files.readString(file);
        if (text.stripLeading().startsWith("{")) {
            Cluster cluster = ClusterJson.read(file.toString(), text).cluster();
            now = new ClusterHosts(() -> cluster);
        } else {
            now = new HostList(HostFile.read(file));
        }
    }

    @Override
    public Optional<Host> find(MacAddress mac) {
        return now.find(mac);
    }

    @Override
    public Optional<Host> reservedFor(Inet4Address address) {
        return now.reservedFor(address);
    }

    @Override
    public boolean isKeptFrom(Inet4Address address, MacAddress mac) {
        return now.isKeptFrom(address, mac);
    }
}
