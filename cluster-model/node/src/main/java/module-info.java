/** What a node of a site runs: replication, AoE targets and boot servers out of the model, and the executor of plan steps. */
@org.jspecify.annotations.NullMarked
module io.diskless.node {
    requires transitive io.diskless.aoe;
    requires transitive io.diskless.cluster;
    requires transitive io.diskless.drbd;
    requires transitive io.diskless.netboot;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.diskless.node;
}
