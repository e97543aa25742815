/**
 * One decision for every server: what a machine told about itself goes in, what it gets comes out, with the reasons.
 * DHCP, ProxyDHCP, TFTP and HTTP ask the same {@link io.diskless.netboot.boot.BootPolicy}, so that they agree.
 */
package io.diskless.netboot.boot;
