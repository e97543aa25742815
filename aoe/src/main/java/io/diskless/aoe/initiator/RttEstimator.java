package io.diskless.aoe.initiator;

/**
 * Round trip time and retransmission timeout of one path, as RFC 6298 §2 with our bounds and a floor that learns. Every copy has a tag of its own,
 * so every sample is exact and Karn's rule is not needed. Confined to the event loop.
 */
final class RttEstimator {
    private final long initial;
    private final TimeoutFloor floor;
    private final long max;
    private long srtt;
    private long variation;

    RttEstimator(long initial, TimeoutFloor floor, long max) {
        this.initial = initial;
        this.floor = floor;
        this.max = max;
    }

    void sample(long rtt) {
        long r = Math.max(1, rtt);
        if (srtt == 0) {
            srtt = r;
            variation = r / 2;
        } else {
            variation += (Math.abs(srtt - r) - variation) / 4;
            srtt = Math.max(1, srtt + (r - srtt) / 8);
        }
    }

    /** Smoothed round trip; 0 before the first sample. */
    long srtt() {
        return srtt;
    }

    /** Nanoseconds to wait for an answer. */
    long rto() {
        return srtt == 0 ? initial : Math.min(max, Math.max(floor.nanos(), srtt + 4 * variation));
    }

    /** The timeout of a frame that was sent {@code attempts} times before. */
    long rto(int attempts) {
        return Math.min(max, rto() << Math.min(attempts, 10));
    }
}
