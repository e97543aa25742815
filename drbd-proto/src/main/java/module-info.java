/** A DRBD-compatible replication protocol: the wire, the meta-data on disk, the state machine and the replicated volume. */
@org.jspecify.annotations.NullMarked
module io.diskless.drbd {
    requires transitive io.diskless.cluster;
    requires static transitive org.jspecify;
    requires transitive io.netty.buffer;
    requires io.netty.codec;
    requires transitive io.netty.common;
    requires io.netty.handler;
    requires transitive io.netty.transport;
    requires org.slf4j;
    // Only for the digests that the JDK lacks.
    requires static org.bouncycastle.provider;
    // Where the run time image has no flight recorder, nothing is recorded.
    requires static jdk.jfr;
    // The command line is not in the main jar; these serve only its compilation.
    requires static HdrHistogram;
    requires static com.fasterxml.jackson.core;
    requires static info.picocli;
    requires static me.tongfei.progressbar;

    exports io.diskless.drbd;
    exports io.diskless.drbd.auth;
    exports io.diskless.drbd.meta;
    exports io.diskless.drbd.netty;
    exports io.diskless.drbd.session;
    exports io.diskless.drbd.state;
    exports io.diskless.drbd.trace;
    exports io.diskless.drbd.wire;
    exports io.diskless.drbd.wire.packet;
}
