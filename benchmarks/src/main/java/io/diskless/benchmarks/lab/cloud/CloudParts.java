package io.diskless.benchmarks.lab.cloud;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.node.StorageParts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Disks are files of a folder, AoE runs on an Ethernet segment in memory, replication over TCP on loopback. Thread-safe. */
final class CloudParts implements StorageParts {
    private final Path folder;
    private final EthernetSegment san;
    private final Map<NodeId, SocketAddress> ends = new HashMap<>();

    CloudParts(Path folder, EthernetSegment san) {
        this.folder = folder;
        this.san = san;
    }

    Path file(Disk disk) {
        return folder.resolve(disk.device());
    }

    @Override
    public BlockDevice disk(Disk disk) throws IOException {
        return FileDevice.open(
                file(disk), Files.exists(file(disk)) ? FileOptions.defaults() : FileOptions.create(disk.sizeBytes()));
    }

    @Override
    public void create(Disk disk) throws IOException {
        disk(disk).close();
    }

    @Override
    public void grow(Disk disk) throws IOException {
        throw new IOException("the disks of the lab do not grow");
    }

    @Override
    public void remove(Disk disk) throws IOException {
        Files.deleteIfExists(file(disk));
    }

    @Override
    public EthernetLink port(Nic nic) {
        return san.attach(nic.name(), nic.mac(), nic.mtu());
    }

    @Override
    public synchronized SocketAddress replication(NodeId node, LayerId volume) throws IOException {
        SocketAddress end = ends.get(node);
        if (end == null) {
            InetAddress here = InetAddress.getLoopbackAddress();
            try (ServerSocket free = new ServerSocket(0, 1, here)) {
                end = new InetSocketAddress(here, free.getLocalPort());
            }
            ends.put(node, end);
        }
        return end;
    }

    @Override
    public SharedSecret secret(String reference) {
        return SharedSecret.of(("of the lab, for " + reference).getBytes(StandardCharsets.UTF_8));
    }
}
