/**
 * ATA over Ethernet for Java: {@code wire} is the format, {@code link} an Ethernet port, {@code target} serves disks,
 * {@code initiator} uses them.
 */
package io.diskless.aoe;
