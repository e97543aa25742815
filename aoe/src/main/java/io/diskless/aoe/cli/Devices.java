package io.diskless.aoe.cli;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.block.OverlayDevice;
import io.diskless.cluster.block.OverlayOptions;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Devices over files, as the command line names them. */
final class Devices {
    private Devices() {}

    /** The image itself, or an overlay over it that owns it. */
    static BlockDevice open(Path image, boolean readOnly, @Nullable Path overlay, FileOptions.Mode access)
            throws IOException {
        if (overlay == null) {
            return FileDevice.open(
                    image, FileOptions.builder().mode(access).readOnly(readOnly).build());
        }
        if (readOnly) {
            throw new IllegalArgumentException("--overlay takes writes and --read-only refuses them; give one of them");
        }
        BlockDevice base = FileDevice.open(
                image, FileOptions.builder().mode(access).readOnly(true).build());
        try {
            return OverlayDevice.open(base, overlay, OverlayOptions.defaults());
        } catch (IOException | RuntimeException e) {
            try {
                base.close();
            } catch (BlockException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** A new or existing file of at least that size, to copy to. */
    static BlockDevice create(Path file, long size) throws IOException {
        return FileDevice.open(file, FileOptions.create(size));
    }
}
