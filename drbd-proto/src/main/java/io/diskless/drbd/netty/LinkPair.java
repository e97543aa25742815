package io.diskless.drbd.netty;

import io.netty.channel.Channel;

/**
 * Two sockets that belong together. The pipelines hold, as their last handler, a {@link Collector} with whatever has
 * come in meanwhile; see {@link Collector#handOver}.
 *
 * @param data configuration, writes, reads, bitmap
 * @param meta acknowledgements and pings; registered on its own loop
 * @param resolveConflicts whether this side accepted the meta socket, and so decides ties (spec drbd-wire 1.2)
 */
public record LinkPair(Channel data, Channel meta, boolean resolveConflicts) {}
