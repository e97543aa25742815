package io.diskless.netboot.dhcpd;

/**
 * What a server has done so far. Immutable.
 *
 * @param received datagrams that came in
 * @param malformed those that are no client's message, or not an Ethernet card's
 * @param limited those that were too many of one machine or one relay's port
 * @param offers OFFERs sent, ProxyDHCP's included
 * @param acks ACKs sent, boot servers' included
 * @param naks NAKs sent
 * @param silent messages that got no answer, by decision
 * @param notKept replies not sent because the lease could not be kept
 * @param unsent replies that the system did not take
 * @param leases leases on record, those that are over included
 * @param offered addresses held for clients that have not taken them
 * @param routerAnswers IPv6 router solicitations of iPXE that were answered
 */
public record DhcpCounters(
        long received,
        long malformed,
        long limited,
        long offers,
        long acks,
        long naks,
        long silent,
        long notKept,
        long unsent,
        int leases,
        int offered,
        long routerAnswers) {}
