/**
 * Replicated resources: {@link io.diskless.drbd.session.DrbdResource} is the door. Options go in, events come out, and
 * each volume is a {@link io.diskless.cluster.block.BlockDevice}.
 */
package io.diskless.drbd.session;
