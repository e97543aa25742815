/**
 * Packet sockets of Linux. Every native call of this module is in {@link io.diskless.aoe.internal.linux.LibC}; all others
 * ask {@link io.diskless.aoe.internal.linux.NativeAccess} first. Not exported.
 */
package io.diskless.aoe.internal.linux;
