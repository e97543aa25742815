/**
 * drbd.conf in its three dialects: 8.3, 8.4 and 9.
 *
 * <p>{@link io.diskless.cluster.conf.drbd.DrbdConfig} is the door: it reads a file with what it includes, keeps every
 * byte, and shows each resource with its effective options. What the three parsers of drbd-utils 9.22 accept is the
 * measure; the option table was taken from {@code drbdsetup xml-help} and a test compares it with the tools again.
 */
package io.diskless.cluster.conf.drbd;
