/** ATA over Ethernet, protocol version 1: codec, links, target and initiator. */
@org.jspecify.annotations.NullMarked
module io.diskless.aoe {
    requires transitive io.diskless.cluster;
    requires static transitive org.jspecify;
    requires com.sun.jna;
    requires org.slf4j;
    // Where the run time image has no flight recorder, nothing is recorded.
    requires static jdk.jfr;
    // The command line is not in the main jar; these serve only its compilation.
    requires static HdrHistogram;
    requires static com.fasterxml.jackson.core;
    requires static info.picocli;
    requires static me.tongfei.progressbar;

    exports io.diskless.aoe;
    exports io.diskless.aoe.ata;
    exports io.diskless.aoe.initiator;
    exports io.diskless.aoe.link;
    exports io.diskless.aoe.target;
    exports io.diskless.aoe.wire;
}
