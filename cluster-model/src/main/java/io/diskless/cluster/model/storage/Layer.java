package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.id.LayerId;
import java.util.List;

/** One layer between a platter and a guest; each names what lies below it. Implementations are immutable. */
public sealed interface Layer extends Entity permits Disk, MdArray, DrbdVolume, AoeExport, Multipath, FileSystem {
    @Override
    LayerId id();

    /** {@return the layers directly below; empty for a disk} */
    List<LayerId> lower();
}
