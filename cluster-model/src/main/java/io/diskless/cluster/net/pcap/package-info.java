/** Captures of network traffic: the classic pcap file, and the TCP streams in it. */
package io.diskless.cluster.net.pcap;
