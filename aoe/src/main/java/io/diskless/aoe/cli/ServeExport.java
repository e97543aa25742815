package io.diskless.aoe.cli;

import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One export as the user asked for it.
 *
 * @param address shelf and slot
 * @param image regular file or block device
 * @param readOnly whether writes are refused
 * @param overlay file for the writes over a read-only image, or null
 * @param access how the image is reached
 * @param sync when writes become durable
 * @param allow who may use it; empty for everybody
 */
record ServeExport(
        AoeAddress address,
        Path image,
        boolean readOnly,
        @Nullable Path overlay,
        FileOptions.Mode access,
        Sync sync,
        List<MacAddress> allow) {}
