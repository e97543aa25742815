package io.diskless.aoe.target;

import io.diskless.aoe.ata.IdentifyDevice;
import io.diskless.cluster.block.BlockGeometry;
import java.nio.ByteBuffer;

/** What IDENTIFY tells of an export: made anew whenever something of it changes, copied for each request. Stateless. */
final class Identity {
    private static final String FIRMWARE = "1";
    /** TRIM blocks per command: more would not fit into a frame of MTU 1500, and one holds 64 ranges (spec §4.3). */
    private static final int TRIM_BLOCKS = 2;

    private static final int SUPPORTED_82_LOW = 2 * 82;
    private static final int WRITE_CACHE = 0x20;
    private static final int CHECK_SUM = IdentifyDevice.LENGTH - 1;

    private Identity() {}

    static byte[] of(Export export) {
        BlockGeometry g = export.geometry();
        ExportOptions options = export.options();
        String serial = options.serial().isEmpty() ? export.address().toString() : options.serial();
        byte[] block = new byte[IdentifyDevice.LENGTH];
        IdentifyDevice.builder(g.sectors())
                .serial(serial)
                .firmware(FIRMWARE)
                .model(options.model())
                .physicalBlock(Math.max(512, g.physicalBlock()))
                .smart(true)
                .writeCache(export.isWriteCacheOn())
                .trim(g.discardGranularity() > 0 && !g.readOnly() ? TRIM_BLOCKS : 0, false, false)
                .build()
                .copyTo(ByteBuffer.wrap(block), 0);
        if (options.writePolicy() instanceof WritePolicy.WriteThrough) {
            // No cache to switch on: the feature is not supported, and the sum of all bytes stays 0.
            block[SUPPORTED_82_LOW] &= (byte) ~WRITE_CACHE;
            block[CHECK_SUM] += (byte) WRITE_CACHE;
        }
        return block;
    }
}
