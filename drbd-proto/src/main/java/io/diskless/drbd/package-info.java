/**
 * DRBD-compatible replication: a volume in Java that a stock Linux kernel accepts as its peer. This package holds what
 * all others throw; {@code io.diskless.drbd.wire} is the format of the protocol.
 */
package io.diskless.drbd;
