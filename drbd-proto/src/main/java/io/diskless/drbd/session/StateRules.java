package io.diskless.drbd.session;

/** Codes of answers to requests for a change of state (spec drbd-wire 7.3). Immutable. */
final class StateRules {
    static final int SUCCESS = 1;
    static final int TWO_PRIMARIES = -1;
    static final int CONCURRENT = -19;

    private StateRules() {}

    static String words(int code) {
        return switch (code) {
            case 2 -> "nothing to do";
            case SUCCESS -> "success";
            case TWO_PRIMARIES -> "both would be Primary, which is not allowed";
            case -2 -> "an UpToDate disk is needed";
            case -4 -> "there is no local disk";
            case -5 -> "there is no disk at the peer";
            case -6 -> "a connected disk does not become Outdated";
            case -7 -> "no Primary while the peer is not Outdated";
            case -8 -> "a resync or verify is running";
            case -10 -> "refused by the peer";
            case -11 -> "diskless";
            case -12 -> "the device is in use";
            case -14 -> "no verify-alg";
            case -15 -> "a connection is needed";
            case -17 -> "the peer does not support it";
            case -18 -> "in a transient state, try again";
            case CONCURRENT -> "both sides want a change at the same time, try again";
            case -20 -> "another volume has a Primary peer";
            default -> "code " + code;
        };
    }
}
