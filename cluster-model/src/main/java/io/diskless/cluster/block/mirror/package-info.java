/**
 * The mirror: one block device over several that all hold the same bytes (RAID 1).
 *
 * <p>The door is {@link io.diskless.cluster.block.mirror.Mirror}. Legs may be any block devices, files as well as remote
 * disks that time out and come back.
 */
package io.diskless.cluster.block.mirror;
