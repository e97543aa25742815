package io.diskless.drbd.trace;

import java.util.Map;

/** What the codes of a reply to a request for a change of state mean (DRBD wire protocol §7.3). */
final class StateReplies {
    private static final Map<Integer, String> MEANINGS = Map.ofEntries(
            Map.entry(2, "nothing to do"),
            Map.entry(1, "success"),
            Map.entry(0, "unknown error"),
            Map.entry(-1, "both would be Primary"),
            Map.entry(-2, "need an UpToDate disk"),
            Map.entry(-4, "no local disk"),
            Map.entry(-5, "no remote disk"),
            Map.entry(-6, "refusing to be Outdated while connected"),
            Map.entry(-7, "refusing to be Primary while the peer is not outdated"),
            Map.entry(-8, "resync or verify is running"),
            Map.entry(-9, "already StandAlone"),
            Map.entry(-10, "refused by the peer"),
            Map.entry(-11, "diskless"),
            Map.entry(-12, "device in use"),
            Map.entry(-13, "no network configuration"),
            Map.entry(-14, "no verify-alg"),
            Map.entry(-15, "need a connection"),
            Map.entry(-16, "lower than Outdated"),
            Map.entry(-17, "the peer does not support it"),
            Map.entry(-18, "in transient state, retry"),
            Map.entry(-19, "concurrent state change"),
            Map.entry(-20, "another volume has a Primary peer"),
            Map.entry(-21, "need a connection for a graceful outdate"));

    private StateReplies() {}

    static String meaning(int code) {
        return MEANINGS.getOrDefault(code, "not known");
    }
}
