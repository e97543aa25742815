package io.diskless.drbd.trace;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.packet.FeaturesPacket;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What two hosts have told each other of what they can do: shared by their data and meta sockets. */
final class Agreement {
    private final Map<String, FeaturesPacket> offers = new HashMap<>();
    private Optional<Dialect> dialect = Optional.empty();

    Optional<Dialect> dialect() {
        return dialect;
    }

    /** Notes an offer; true if the other side of that connection has made its own before. */
    boolean offer(String from, String to, FeaturesPacket offer) {
        offers.put(from + ' ' + to, offer);
        FeaturesPacket other = offers.get(to + ' ' + from);
        if (other == null) {
            return false;
        }
        dialect = offer.agree(other);
        return true;
    }
}
