/** DHCP, ProxyDHCP, PXE, TFTP and HTTP boot from one decision. Nothing is here yet: the first class comes with the first machine that boots. */
package io.diskless.netboot;
