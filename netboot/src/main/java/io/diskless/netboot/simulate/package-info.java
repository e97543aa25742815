/**
 * Machines that boot without being there: the clients of BIOS iPXE, edk2, PXELINUX and GRUB as scripts that send byte for byte
 * what the real ones were seen to send, over sockets or over a network in memory. For tests of boot servers and policies.
 *
 * <p>This is public test support, and still in the main jar, not under the classifier {@code testkit}: it needs no test library, and
 * asking a running server whether a machine would boot is not only for tests. The command {@code simulate} does so, and a program
 * may, before it hands a site a new policy.
 */
package io.diskless.netboot.simulate;
