package io.diskless.cluster.model;

import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Template;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.NetbootProfile;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.OcfsCluster;

/** One thing of a site: a record with a typed name that tells what it refers to. Implementations are immutable. */
public sealed interface Entity
        permits Node, Segment, Layer, Instance, HaPair, FencingDevice, NetbootProfile, Template, OcfsCluster {
    /** {@return its name, unique in a model} */
    EntityId id();

    /** {@return what sort of thing it is} */
    Kind kind();

    /**
     * Tells the index of a model everything that this thing refers to and claims.
     *
     * @param sink told each reference and claim at least once
     */
    void describe(ClaimSink sink);
}
