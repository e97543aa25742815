/**
 * An Ethernet port as this house sees it: {@link io.diskless.aoe.link.EthernetLink}, whether it is a memory-mapped packet
 * ring, a plain raw socket, a port of an in-memory segment, or a capture played again.
 */
package io.diskless.aoe.link;
