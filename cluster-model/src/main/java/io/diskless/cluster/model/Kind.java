package io.diskless.cluster.model;

import io.diskless.cluster.model.id.EntityId;

/** What sorts of things a site is made of. Immutable. */
public enum Kind {
    /** {@link io.diskless.cluster.model.node.ConfigNode}. */
    CONFIG_NODE(EntityId.Type.NODE),
    /** {@link io.diskless.cluster.model.node.StorageNode}. */
    STORAGE_NODE(EntityId.Type.NODE),
    /** {@link io.diskless.cluster.model.node.HardwareNode}. */
    HARDWARE_NODE(EntityId.Type.NODE),
    /** {@link io.diskless.cluster.model.node.Segment}. */
    SEGMENT(EntityId.Type.SEGMENT),
    /** {@link io.diskless.cluster.model.storage.Disk}. */
    DISK(EntityId.Type.LAYER),
    /** {@link io.diskless.cluster.model.storage.MdArray}. */
    MD_ARRAY(EntityId.Type.LAYER),
    /** {@link io.diskless.cluster.model.storage.DrbdVolume}. */
    DRBD_VOLUME(EntityId.Type.LAYER),
    /** {@link io.diskless.cluster.model.storage.AoeExport}. */
    AOE_EXPORT(EntityId.Type.LAYER),
    /** {@link io.diskless.cluster.model.storage.Multipath}. */
    MULTIPATH(EntityId.Type.LAYER),
    /** {@link io.diskless.cluster.model.storage.FileSystem}. */
    FILE_SYSTEM(EntityId.Type.LAYER),
    /** {@link io.diskless.cluster.model.compute.Instance}. */
    INSTANCE(EntityId.Type.INSTANCE),
    /** {@link io.diskless.cluster.model.node.HaPair}. */
    HA_PAIR(EntityId.Type.PAIR),
    /** {@link io.diskless.cluster.model.node.FencingDevice}. */
    FENCING_DEVICE(EntityId.Type.FENCER),
    /** {@link io.diskless.cluster.model.node.NetbootProfile}. */
    NETBOOT_PROFILE(EntityId.Type.PROFILE),
    /** {@link io.diskless.cluster.model.compute.Template}. */
    TEMPLATE(EntityId.Type.TEMPLATE),
    /** {@link io.diskless.cluster.model.storage.OcfsCluster}. */
    OCFS_CLUSTER(EntityId.Type.OCFS);

    private final EntityId.Type type;

    Kind(EntityId.Type type) {
        this.type = type;
    }

    /** {@return the type of the names of such things} */
    public EntityId.Type type() {
        return type;
    }
}
