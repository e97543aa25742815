/** DHCP, ProxyDHCP, PXE, TFTP and HTTP boot from one decision. */
package io.diskless.netboot;
