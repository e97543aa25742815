/**
 * DRBD's meta-data on disk: superblock, activity log, bitmap; reading, writing and repairing it.
 *
 * <p>{@link io.diskless.drbd.meta.MetaData} is the door for a running volume: it opens meta-data on any block device,
 * replays the activity log after a crash, and keeps generations, flags, hot extents and dirty blocks durable.
 */
package io.diskless.drbd.meta;
