package io.diskless.aoe.link;

/**
 * What a link has counted since it was opened. Immutable snapshot.
 *
 * @param received frames handed to the handler
 * @param sent frames handed to the system
 * @param receiveDropped frames the system dropped because nobody polled in time
 * @param sendDropped frames that could not be sent: link down, or refused by the system
 * @param refused received frames that were not handed on: too short, cut short, other EtherType, for other stations
 * @param stateChanges how often {@link EthernetLink#state()} or the MTU changed
 */
public record LinkCounters(
        long received, long sent, long receiveDropped, long sendDropped, long refused, long stateChanges) {}
