package io.diskless.benchmarks.lab.node;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import java.io.IOException;
import java.nio.file.Path;

/** The disk of a storage node. */
final class Disks {
    private Disks() {}

    static BlockDevice open(Path file) throws IOException {
        return FileDevice.open(file, FileOptions.defaults());
    }
}
