/**
 * Packets of the DRBD protocol taken apart, as immutable records: for configuration, tools and tests, and for whoever wants
 * to look rather than to be fast. What carries data in bulk is read and written by the static accessors of {@link
 * io.diskless.drbd.wire} instead.
 */
package io.diskless.drbd.wire.packet;
