package io.diskless.benchmarks.lab.live;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;
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
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Disks are files of a folder, ports are those of the namespace, replication runs over the LAN. Thread-safe: no state. */
final class LiveParts implements StorageParts {
    /** Where drbd.conf's examples have the first resource. */
    private static final int REPLICATION = 7788;

    private final Path folder;

    LiveParts(Path folder) {
        this.folder = folder;
    }

    @Override
    public BlockDevice disk(Disk disk) throws IOException {
        Path file = folder.resolve(disk.device());
        return FileDevice.open(
                file, Files.exists(file) ? FileOptions.defaults() : FileOptions.create(disk.sizeBytes()));
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
        Files.deleteIfExists(folder.resolve(disk.device()));
    }

    @Override
    public EthernetLink port(Nic nic) throws IOException {
        return Links.open(
                nic.name(), LinkOptions.builder().role(LinkOptions.Role.TARGET).build());
    }

    @Override
    public SocketAddress replication(NodeId node, LayerId volume) {
        return new InetSocketAddress(LiveModel.address(node.equals(LiveModel.S1) ? 11 : 12), REPLICATION);
    }

    @Override
    public SharedSecret secret(String reference) {
        return SharedSecret.of(("of the lab, for " + reference).getBytes(StandardCharsets.UTF_8));
    }
}
