/** Network boot from one decision: DHCP, ProxyDHCP, TFTP and HTTP servers that ask the same policy. */
@org.jspecify.annotations.NullMarked
module io.diskless.netboot {
    exports io.diskless.netboot;
    exports io.diskless.netboot.boot;
    exports io.diskless.netboot.dhcp;
    exports io.diskless.netboot.dhcpd;
    exports io.diskless.netboot.http;
    exports io.diskless.netboot.simulate;
    exports io.diskless.netboot.tftp;
    exports io.diskless.netboot.timeline;

    requires transitive io.diskless.cluster;
    requires static transitive org.jspecify;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.handler;
    requires transitive io.netty.transport;
    requires org.slf4j;
    // Raw sends; without it offers to machines without an address are broadcast.
    requires static com.sun.jna;
    // Where the run time image has no flight recorder, nothing is recorded.
    requires static jdk.jfr;
    // The command line is not in the main jar; these serve only its compilation.
    requires static HdrHistogram;
    requires static com.fasterxml.jackson.core;
    requires static info.picocli;
    requires static me.tongfei.progressbar;
}
