package io.diskless.node;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.drbd.auth.SharedSecret;
import java.io.IOException;
import java.net.SocketAddress;

/**
 * What a storage node is made of: its disks, its Ethernet ports, and where replication is reached. What is opened here is
 * closed by the runtime. Implementations are thread-safe.
 */
public interface StorageParts {
    /**
     * Opens a disk.
     *
     * @param disk one of the node's
     * @return the disk, for one user
     * @throws IOException if it cannot be used
     */
    BlockDevice disk(Disk disk) throws IOException;

    /**
     * Makes a disk or logical volume that is not there yet; one that is there stays as it is.
     *
     * @param disk one of the node's
     * @throws IOException if it cannot be made
     */
    void create(Disk disk) throws IOException;

    /**
     * Makes a disk or logical volume larger, while it is open too; one that is large enough stays as it is.
     *
     * @param disk one of the node's, with its new size
     * @throws IOException if it cannot grow
     */
    void grow(Disk disk) throws IOException;

    /**
     * Gives a disk or logical volume back, with what is on it; one that is not there is no error.
     *
     * @param disk one of the node's, not open
     * @throws IOException if it cannot be removed
     */
    void remove(Disk disk) throws IOException;

    /**
     * Opens an Ethernet port for AoE.
     *
     * @param nic one of the node's
     * @return the port, used by nobody else
     * @throws IOException if it cannot be used
     */
    EthernetLink port(Nic nic) throws IOException;

    /**
     * Where the replication of a volume is reached on a machine; the same answer on both machines.
     *
     * @param node one of the two that keep the volume
     * @param volume which
     * @return where that machine listens
     * @throws IOException if nobody knows
     */
    SocketAddress replication(NodeId node, LayerId volume) throws IOException;

    /**
     * Fetches a secret that the model refers to.
     *
     * @param reference as the model has it
     * @return the secret; the runtime wipes it
     * @throws IOException if it is not there
     */
    SharedSecret secret(String reference) throws IOException;
}
