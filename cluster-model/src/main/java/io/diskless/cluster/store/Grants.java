package io.diskless.cluster.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Who holds which lease until when, and the greatest token of each key ever. Guarded by the store that owns it. */
final class Grants {
    private record Holding(FencingToken token, String holder, Instant until) {}

    private final InstantSource clock;
    private final Map<String, Long> greatest = new TreeMap<>();
    private final Map<String, Holding> held = new HashMap<>();

    Grants(InstantSource clock, List<FencingToken> tokens) {
        this.clock = clock;
        tokens.forEach(token -> greatest.put(token.key(), token.number()));
    }

    List<FencingToken> tokens() {
        List<FencingToken> all = new ArrayList<>();
        greatest.forEach((key, number) -> all.add(new FencingToken(key, number)));
        return all;
    }

    FencingToken next(String key) {
        return new FencingToken(key, greatest.getOrDefault(key, 0L) + 1);
    }

    boolean isHeld(String key) {
        Holding holding = held.get(key);
        return holding != null && clock.instant().isBefore(holding.until);
    }

    boolean holds(FencingToken token) {
        Holding holding = held.get(token.key());
        return holding != null && holding.token.equals(token) && clock.instant().isBefore(holding.until);
    }

    void grant(FencingToken token, String holder, Duration ttl) {
        greatest.put(token.key(), token.number());
        held.put(token.key(), new Holding(token, holder, until(ttl)));
    }

    /** Touches nothing but the clock. */
    Instant until(Duration ttl) {
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("a lease lasts for a while, got " + ttl);
        }
        return clock.instant().plus(ttl);
    }

    void check(FencingToken token) throws StoreException {
        if (!holds(token)) {
            Holding now = held.get(token.key());
            String why = now == null || now.token.equals(token)
                    ? "its time is over or it was given back"
                    : now.holder + " has had " + now.token + " since";
            throw new StoreException(StoreException.Kind.FENCED, token + " is not held any more: " + why);
        }
    }

    void renew(FencingToken token, Duration ttl) throws StoreException {
        check(token);
        held.computeIfPresent(token.key(), (key, old) -> new Holding(token, old.holder, until(ttl)));
    }

    void release(FencingToken token) {
        held.computeIfPresent(token.key(), (key, old) -> old.token.equals(token) ? null : old);
    }
}
