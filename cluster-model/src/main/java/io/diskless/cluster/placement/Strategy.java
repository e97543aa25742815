package io.diskless.cluster.placement;

/** Which of the nodes that can take a guest is the best. Immutable. */
public enum Strategy {
    /** The one with the largest part of its memory free after. */
    SPREAD,
    /** The one with the smallest part of its memory free after. */
    PACK,
    /** One after which every guest still finds a place when any one node is lost; of those, as by {@link #SPREAD}. */
    N_PLUS_ONE
}
