package io.diskless.aoe.link;

import java.util.Optional;

/**
 * Which link to an interface is possible, and why not a better one. Immutable.
 *
 * @param interfaceName what was asked for
 * @param kind the best kind that is possible; empty if none is
 * @param reason why not a better one; empty text if it is the best
 * @param remedy what would help; empty text if nothing is needed
 */
public record LinkProbe(String interfaceName, Optional<LinkCapabilities.Kind> kind, String reason, String remedy) {
    /** {@return whether any link is possible} */
    public boolean possible() {
        return kind.isPresent();
    }

    /** {@return one line for people} */
    @Override
    public String toString() {
        String best = kind.map(k -> switch (k) {
                    case RING -> "packet rings";
                    case SOCKET -> "plain packet sockets";
                    case SEGMENT -> "in-memory segment";
                })
                .orElse("no link");
        return interfaceName + ": " + best + (reason.isEmpty() ? "" : ": " + reason)
                + (remedy.isEmpty() ? "" : "; " + remedy);
    }
}
