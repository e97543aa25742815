package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.CramHmac;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The first packets on the data socket (spec drbd-wire 4): features, then authentication if it is configured, then both
 * sides send their configuration. Each packet has four ping-timeouts. Confined to the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class LinkHandshake {
    private enum Step {
        FEATURES,
        CHALLENGE,
        RESPONSE,
        DONE
    }

    /** Payload of P_CONNECTION_FEATURES; offsets of its fields. */
    private static final int FEATURES_LENGTH = 72;

    private static final int MIN_VERSION = 0;
    private static final int FLAGS = 4;
    private static final int MAX_VERSION = 8;

    private final ResourceCore core;
    private final Link link;
    private final NetOptions net;
    private Step step = Step.FEATURES;
    private @Nullable CramHmac hmac;
    private @Nullable Future<?> timer;

    LinkHandshake(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
        net = core.options().net();
    }

    void start() {
        ByteBuf b = link.begin(PacketType.CONNECTION_FEATURES, 0, FEATURES_LENGTH);
        b.writeInt(net.minVersion()).writeInt(features()).writeInt(net.maxVersion());
        link.send(b.writeZero(FEATURES_LENGTH - 12));
        patience();
    }

    /** P_ZEROES and a data-integrity-alg together make the kernel wait for a digest that is not sent (spec 8.1). */
    private int features() {
        return net.dataIntegrityAlg().isPresent() ? net.features() & ~Dialect.FF_WZEROES : net.features();
    }

    private void patience() {
        stopTimer();
        long millis = 4 * net.pingTimeout().toMillis();
        timer = core.loop()
                .schedule(
                        () -> link.fail(
                                new DrbdException(
                                        DrbdException.Kind.TIMEOUT,
                                        "the peer said nothing for " + millis + " ms in the handshake, at step "
                                                + step),
                                false),
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    /** Also when the link ends half-way. */
    void close() {
        stopTimer();
        if (hmac != null) {
            hmac.close();
            hmac = null;
        }
    }

    void frame(PacketType type, ByteBuf payload) {
        switch (step) {
            case FEATURES -> {
                if (expect(PacketType.CONNECTION_FEATURES, type)) {
                    onFeatures(payload);
                }
            }
            case CHALLENGE -> {
                if (expect(PacketType.AUTH_CHALLENGE, type)) {
                    onChallenge(payload);
                }
            }
            case RESPONSE -> {
                if (expect(PacketType.AUTH_RESPONSE, type)) {
                    onResponse(payload);
                }
            }
            case DONE -> throw new IllegalStateException("the handshake is over");
        }
    }

    private boolean expect(PacketType wanted, PacketType got) {
        if (wanted == got) {
            return true;
        }
        // A side that authenticates meets one that does not: no retry helps (spec drbd-wire 4.3).
        boolean differs = wanted == PacketType.AUTH_CHALLENGE;
        link.fail(
                new DrbdException(
                        differs ? DrbdException.Kind.AUTHENTICATION : DrbdException.Kind.PROTOCOL,
                        "expected " + wanted.label() + ", got " + got.label()
                                + (differs ? ": the peer has no cram-hmac-alg configured" : "")),
                differs);
        return false;
    }

    private void onFeatures(ByteBuf p) {
        int at = p.readerIndex();
        int min = p.getInt(at + MIN_VERSION);
        int max = p.getInt(at + MAX_VERSION);
        Optional<Dialect> agreed =
                Dialect.agree(net.minVersion(), net.maxVersion(), features(), min, max, p.getInt(at + FLAGS));
        if (agreed.isEmpty()) {
            link.fail(
                    new DrbdException(
                            DrbdException.Kind.INCOMPATIBLE,
                            "no common protocol version: this side speaks " + net.minVersion() + " to "
                                    + net.maxVersion() + ", the peer " + min + " to " + max),
                    true);
            return;
        }
        link.agreed(agreed.get());
        Optional<DigestAlgorithm> algorithm = net.cramHmacAlg();
        SharedSecret secret = net.secret();
        if (algorithm.isPresent() && secret != null) {
            CramHmac fresh =
                    new CramHmac(algorithm.get(), secret, core.options().random());
            hmac = fresh;
            step = Step.CHALLENGE;
            byte[] challenge = fresh.challenge();
            link.send(link.begin(PacketType.AUTH_CHALLENGE, 0, challenge.length).writeBytes(challenge));
            patience();
        } else {
            done(false);
        }
    }

    private void onChallenge(ByteBuf payload) {
        CramHmac h = java.util.Objects.requireNonNull(hmac);
        if (accepted(h.onChallenge(payload))) {
            byte[] response = h.response();
            link.send(link.begin(PacketType.AUTH_RESPONSE, 0, response.length).writeBytes(response));
            step = Step.RESPONSE;
            patience();
        }
    }

    private void onResponse(ByteBuf payload) {
        if (accepted(java.util.Objects.requireNonNull(hmac).onResponse(payload))) {
            done(true);
        }
    }

    private boolean accepted(CramHmac.Verdict verdict) {
        if (verdict == CramHmac.Verdict.ACCEPTED) {
            return true;
        }
        // Only a response of another size is tried again, as the kernel does: the peer may be about to be reconfigured.
        link.fail(
                new DrbdException(DrbdException.Kind.AUTHENTICATION, verdict.words()),
                verdict != CramHmac.Verdict.RESPONSE_LENGTH);
        return false;
    }

    private void done(boolean authenticated) {
        step = Step.DONE;
        close();
        core.event(new DrbdEvent.Agreed(core.options().name(), link.dialect().toString(), authenticated));
        link.introduced();
        core.introduce(link);
    }
}
