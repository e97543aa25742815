package io.diskless.netboot.dhcpd;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * So many packets in a second for each key, twice as many at once. At most so many keys are remembered; the one that was
 * silent longest gives way, and is then as new. Confined to the server's event loop.
 */
final class RateLimit<K> {
    private static final double NANOS = 1e9;

    private final int perSecond;
    private final int most;
    private final Map<K, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Bucket {
        double tokens;
        long at;
    }

    RateLimit(int perSecond, int most) {
        this.perSecond = perSecond;
        this.most = most;
    }

    /** Whether one more may pass at a time in nanoseconds of a clock that does not go back. */
    boolean passes(K key, long nanos) {
        Bucket bucket = buckets.computeIfAbsent(key, k -> {
            Bucket fresh = new Bucket();
            fresh.tokens = 2.0 * perSecond;
            fresh.at = nanos;
            return fresh;
        });
        if (buckets.size() > most) {
            buckets.remove(buckets.keySet().iterator().next());
        }
        bucket.tokens = Math.min(2.0 * perSecond, bucket.tokens + (nanos - bucket.at) / NANOS * perSecond);
        bucket.at = nanos;
        if (bucket.tokens < 1) {
            return false;
        }
        bucket.tokens--;
        return true;
    }

    int size() {
        return buckets.size();
    }
}
