package io.diskless.aoe.cli;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.block.OverlayDevice;
import io.diskless.cluster.block.OverlayOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Devices over files, as the command line names them. */
final class Devices {
    private static final int BLOCK = 512;

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

    /** A new or existing regular file, which has that size from now on, to copy to. */
    static BlockDevice create(Path file, long size) throws IOException {
        FileDevice device = FileDevice.open(file, FileOptions.create(size));
        try {
            if (device.geometry().size() != size) {
                device.resize(size);
            }
            return device;
        } catch (IOException | RuntimeException e) {
            try {
                device.close();
            } catch (BlockException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** A file to copy from: all of it, so it must consist of whole blocks. */
    static BlockDevice source(Path file) throws IOException {
        if (Files.isRegularFile(file) && Files.size(file) % BLOCK != 0) {
            throw new IllegalArgumentException(
                    file + " has " + Files.size(file) + " bytes, and a disk consists of blocks of " + BLOCK
                            + "; pad it with: truncate --size=%" + BLOCK + " " + file);
        }
        return open(file, true, null, FileOptions.Mode.BUFFERED);
    }
}
