/**
 * The vocabulary of a diskless site: addresses, block devices, configuration files, and a site as one value.
 *
 * <p>No required runtime dependency: JNA is optional and only makes discard and direct I/O available;
 * {@code jackson-core} is optional and only makes the JSON form available.
 */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("module") // The modules that may see the inside are built after this one.
module io.diskless.cluster {
    requires static transitive org.jspecify;
    requires static com.sun.jna;
    requires static com.fasterxml.jackson.core;
    // The command line is not in the main jar; this serves only its compilation.
    requires static info.picocli;

    exports io.diskless.cluster.block;
    exports io.diskless.cluster.block.mirror;
    exports io.diskless.cluster.conf;
    exports io.diskless.cluster.conf.dhcp;
    exports io.diskless.cluster.conf.drbd;
    exports io.diskless.cluster.conf.guest;
    exports io.diskless.cluster.conf.ha;
    exports io.diskless.cluster.conf.md;
    exports io.diskless.cluster.conf.ocfs2;
    exports io.diskless.cluster.conf.vblade;
    exports io.diskless.cluster.draw;
    exports io.diskless.cluster.importing;
    exports io.diskless.cluster.json;
    exports io.diskless.cluster.model;
    exports io.diskless.cluster.model.compute;
    exports io.diskless.cluster.model.id;
    exports io.diskless.cluster.model.node;
    exports io.diskless.cluster.model.operation;
    exports io.diskless.cluster.model.storage;
    exports io.diskless.cluster.net;
    exports io.diskless.cluster.net.pcap;
    exports io.diskless.cluster.placement;
    exports io.diskless.cluster.plan;
    exports io.diskless.cluster.plan.proof;
    exports io.diskless.cluster.plan.run;
    exports io.diskless.cluster.render;
    exports io.diskless.cluster.rules;
    exports io.diskless.cluster.simulate;
    exports io.diskless.cluster.store;
    exports io.diskless.cluster.internal.linux to
            io.diskless.aoe,
            io.diskless.drbd,
            io.diskless.netboot;
    exports io.diskless.cluster.store.internal to
            io.diskless.store.zookeeper;
    exports io.diskless.cluster.block.internal to
            io.diskless.aoe,
            io.diskless.drbd,
            io.diskless.netboot;
}
