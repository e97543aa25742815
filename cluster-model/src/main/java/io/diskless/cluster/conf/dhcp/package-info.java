/** Host entries of the two DHCP servers that boot diskless machines: ISC dhcpd and dnsmasq. */
package io.diskless.cluster.conf.dhcp;
