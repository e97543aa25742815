package io.diskless.cluster.conf.drbd;

import java.time.Duration;
import java.util.Optional;

/**
 * How two hosts speak to each other: section {@code net} as it counts for a resource or one of its connections, with
 * defaults of the dialect. Immutable, but for the secret, which can be wiped.
 */
public final class DrbdNetOptions {
    private static final int TENTH_MILLIS = 100;

    private final DrbdSettings settings;
    private final Optional<DrbdSecret> secret;

    DrbdNetOptions(DrbdSettings settings) {
        this.settings = settings;
        this.secret = settings.isSet(DrbdSettings.SECRET)
                ? settings.text(DrbdSettings.SECRET).map(DrbdSecret::new)
                : Optional.empty();
    }

    /** {@return {@code 'A'}, {@code 'B'} or {@code 'C'}} */
    public char protocol() {
        return settings.text("protocol")
                .filter(p -> !p.isEmpty())
                .map(p -> Character.toUpperCase(p.charAt(0)))
                .orElse('C');
    }

    /** {@return how long a peer may take to answer} */
    public Duration timeout() {
        return tenths("timeout");
    }

    /** {@return how long to wait between attempts to connect} */
    public Duration connectInterval() {
        return Duration.ofSeconds(settings.number("connect-int"));
    }

    /** {@return how long an idle connection rests before a ping} */
    public Duration pingInterval() {
        return Duration.ofSeconds(settings.number("ping-int"));
    }

    /** {@return how long a peer may take to answer a ping} */
    public Duration pingTimeout() {
        return tenths("ping-timeout");
    }

    /** {@return after how many timeouts of a blocked send the connection is given up; 0 for never} */
    public int koCount() {
        return (int) settings.number("ko-count");
    }

    /** {@return the most write requests between two barriers} */
    public int maxEpochSize() {
        return (int) settings.number("max-epoch-size");
    }

    /** {@return the most 4 KiB buffers the receiver takes} */
    public int maxBuffers() {
        return (int) settings.number("max-buffers");
    }

    /** {@return the socket's send buffer in bytes; 0 lets the kernel choose} */
    public long sendBufferBytes() {
        return settings.bytes("sndbuf-size");
    }

    /** {@return the socket's receive buffer in bytes; 0 lets the kernel choose} */
    public long receiveBufferBytes() {
        return settings.bytes("rcvbuf-size");
    }

    /** {@return whether TCP may hold back small packets} */
    public boolean tcpCork() {
        return settings.flag("tcp-cork");
    }

    /** {@return whether both hosts may be primary at once} */
    public boolean allowTwoPrimaries() {
        return settings.flag("allow-two-primaries");
    }

    /** {@return the digest with which the peers prove that they know the secret} */
    public Optional<String> cramHmacAlg() {
        return algorithm("cram-hmac-alg");
    }

    /** {@return the secret that both hosts know} */
    public Optional<DrbdSecret> sharedSecret() {
        return secret;
    }

    /** {@return the digest over every data packet} */
    public Optional<String> dataIntegrityAlg() {
        return algorithm("data-integrity-alg");
    }

    /** {@return the digest of an online verify} */
    public Optional<String> verifyAlg() {
        return algorithm("verify-alg");
    }

    /** {@return the digest by which a resync leaves out equal blocks} */
    public Optional<String> csumsAlg() {
        return algorithm("csums-alg");
    }

    /** {@return whether {@link #csumsAlg()} is used only after a primary crashed} */
    public boolean csumsAfterCrashOnly() {
        return settings.flag("csums-after-crash-only");
    }

    /** {@return whether bitmaps are sent run-length encoded} */
    public boolean useRle() {
        return settings.flag("use-rle");
    }

    /** {@return the policy after a split brain without a primary, as drbd.conf names it} */
    public String afterSb0pri() {
        return settings.text("after-sb-0pri").orElse("disconnect");
    }

    /** {@return the policy after a split brain with one primary, as drbd.conf names it} */
    public String afterSb1pri() {
        return settings.text("after-sb-1pri").orElse("disconnect");
    }

    /** {@return the policy after a split brain with two primaries, as drbd.conf names it} */
    public String afterSb2pri() {
        return settings.text("after-sb-2pri").orElse("disconnect");
    }

    /** {@return whether the policies count even where the handshake could decide} */
    public boolean alwaysAsbp() {
        return settings.flag("always-asbp");
    }

    /** {@return what to do where the roles contradict the resync direction, as drbd.conf names it} */
    public String rrConflict() {
        return settings.text("rr-conflict").orElse("disconnect");
    }

    /** {@return what to do where the network is slower than the writes, as drbd.conf names it} */
    public String onCongestion() {
        return settings.text("on-congestion").orElse("block");
    }

    /** {@return how many bytes in flight are congestion; 0 for never} */
    public long congestionFillBytes() {
        return settings.bytes("congestion-fill");
    }

    /** {@return how many active extents are congestion} */
    public int congestionExtents() {
        return (int) settings.number("congestion-extents");
    }

    /** {@return every option by its name in 8.4} */
    public DrbdSettings settings() {
        return settings;
    }

    private Duration tenths(String name) {
        return Duration.ofMillis(settings.number(name) * TENTH_MILLIS);
    }

    private Optional<String> algorithm(String name) {
        return settings.text(name).filter(a -> !a.isEmpty());
    }

    /** {@return the given options; never the secret} */
    @Override
    public String toString() {
        return settings.toString();
    }
}
