package io.diskless.drbd.session;

import io.diskless.drbd.state.StatePolicy;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Keeps a peer that cannot be reached from being used: the {@code fence-peer} handler of a configuration. It reaches the
 * peer on another way than the replication's connection (its cluster manager, its power switch), and says what came of it.
 *
 * <p>It is called where {@code fencing} is not {@code dont-care}: by a Primary with good data that loses its peer, and
 * before a promotion without a peer. While it runs, {@code resource-and-stonith} lets no request go on. Its answer counts
 * only if the connection has not come back meanwhile (spec drbd-semantics 8.4).
 *
 * <p>Called on the executor that was given with it, by one thread at a time for each resource. It may block as long as it
 * takes.
 */
@FunctionalInterface
public interface FenceHandler {
    /** What came of it; the numbers are the exit codes of the kernel's {@code fence-peer} program. */
    enum Outcome {
        /** The peer's disk is Inconsistent already: nobody can use it. */
        PEER_INCONSISTENT(3, "the peer's data is inconsistent"),
        /** The peer knows now that its data is old. */
        PEER_OUTDATED(4, "the peer is outdated"),
        /** Nobody answers there: it is taken for dead. */
        PEER_UNREACHABLE(5, "the peer cannot be reached and is taken for dead"),
        /** The peer is in use: this side's data is the old one. A Primary stays as it is, and frozen where it froze. */
        PEER_PRIMARY(6, "the peer is Primary"),
        /** The peer was switched off. */
        PEER_STONITHED(7, "the peer was switched off");

        private final int exitCode;
        private final String words;

        Outcome(int exitCode, String words) {
            this.exitCode = exitCode;
            this.words = words;
        }

        /** {@return what a {@code fence-peer} program exits with to say this} */
        public int exitCode() {
            return exitCode;
        }

        /** {@return it in words} */
        public String words() {
            return words;
        }

        /**
         * What an exit code says.
         *
         * @param code of a {@code fence-peer} program
         * @return empty for one that says nothing: the program is broken, and nothing is known of the peer
         */
        public static Optional<Outcome> ofExitCode(int code) {
            for (Outcome o : values()) {
                if (o.exitCode == code) {
                    return Optional.of(o);
                }
            }
            return Optional.empty();
        }
    }

    /**
     * Whom to fence.
     *
     * @param resource name of the resource
     * @param peer where the peer listens
     * @param volumes numbers of the volumes whose peer's disk is not known to be old
     * @param policy what is waiting for the answer
     */
    record Request(String resource, SocketAddress peer, List<Integer> volumes, StatePolicy.Fencing policy) {}

    /**
     * Fences the peer.
     *
     * @param request whom
     * @return what came of it
     * @throws Exception if nothing is known of the peer: it counts as not fenced
     */
    Outcome fence(Request request) throws Exception;
}
