/**
 * Machines that boot without being there: the clients of BIOS iPXE, edk2, PXELINUX and GRUB as scripts that send byte for byte
 * what the real ones were seen to send, over sockets or over a network in memory. For tests of boot servers and policies.
 */
package io.diskless.netboot.simulate;
