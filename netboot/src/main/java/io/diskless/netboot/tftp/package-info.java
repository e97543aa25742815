/**
 * TFTP for booting machines: RFC 1350 with the options of RFC 2347, 2348, 2349 and 7440, one event loop for all transfers.
 *
 * <p>{@link io.diskless.netboot.tftp.TftpServer} is the door; {@link io.diskless.netboot.tftp.TftpContent} says what it
 * hands out.
 */
package io.diskless.netboot.tftp;
