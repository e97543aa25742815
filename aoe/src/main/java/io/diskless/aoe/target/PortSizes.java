package io.diskless.aoe.target;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.aoe.wire.ReserveFields;
import io.diskless.cluster.net.MacAddress;

/** What fits into a frame of a port, and how much a port takes at once. Confined to the port's thread but for one method. */
final class PortSizes {
    /** Linux starts with half of the advertised window: fewer than two buffers would stop it (spec §11). */
    private static final int MIN_BUFFERS = 2;
    /** The protocol's limit: MTU less 36 (spec §4.2), although 22 would be right. */
    private static final int ADVERTISED_OVERHEAD = AtaFields.DATA_AT;

    private final EthernetLink link;
    private final TargetOptions options;
    private int mtu;

    PortSizes(EthernetLink link, TargetOptions options) {
        this.link = link;
        this.options = options;
        mtu = link.mtu();
    }

    void mtu(int newMtu) {
        mtu = newMtu;
    }

    int longestFrame() {
        return mtu + EthernetHeader.LENGTH;
    }

    /** The most requests that are never dropped; any thread may ask. */
    int mostBuffers() {
        return Math.max(MIN_BUFFERS, Math.min(link.receiveCapacity(), options.requestsPerPort()));
    }

    /** Sectors that fit into a frame (spec §4.2: the true limit is accepted, a smaller one advertised). */
    int largestTransfer() {
        return Math.max(1, Math.min(255, (longestFrame() - AtaFields.DATA_AT) / AtaCommand.SECTOR));
    }

    /** What is advertised: a multiple of the device's physical block where one fits, since others need two accesses. */
    int sectors(Export export) {
        int most = Math.min(options.maxSectors(), (mtu - ADVERTISED_OVERHEAD) / AtaCommand.SECTOR);
        int block = export.geometry().physicalBlock() / AtaCommand.SECTOR;
        int whole = block > 1 && most > block ? most / block * block : most;
        return Math.max(1, Math.min(255, whole));
    }

    int maskCapacity() {
        int room = longestFrame() - EthernetHeader.LENGTH - MaskFields.LENGTH;
        return Math.min(MaskFields.MAX_ENTRIES, room / MaskFields.DIRECTIVE_LENGTH);
    }

    int reserveCapacity() {
        int room = longestFrame() - EthernetHeader.LENGTH - ReserveFields.LENGTH;
        return Math.min(ReserveFields.MAX_ENTRIES, room / MacAddress.BYTES);
    }
}
