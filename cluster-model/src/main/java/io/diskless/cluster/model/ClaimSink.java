package io.diskless.cluster.model;

import io.diskless.cluster.model.id.EntityId;

/** Is told what an entity refers to and what it claims. Implementations need not be thread-safe. */
public interface ClaimSink {
    /**
     * The entity refers to another.
     *
     * @param target the other's name, which may be missing in the model
     */
    void refers(EntityId target);

    /**
     * The entity claims something, or takes a part of it.
     *
     * @param claim what
     * @param amount how much of it, in the claim's own unit; 0 where it is not a quantity
     */
    void claims(Claim claim, long amount);
}
