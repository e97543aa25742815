package io.diskless.drbd.auth;

import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * One side of the challenge-response authentication of one connection (wire spec §4.3). Both sides run the same steps:
 *
 * <pre>
 * send    P_AUTH_CHALLENGE   {@link #challenge()}, 64 random bytes
 * receive P_AUTH_CHALLENGE   {@link #onChallenge}: 64 to 128 bytes, and not my own ones thrown back
 * send    P_AUTH_RESPONSE    {@link #response()} = HMAC(secret, the whole challenge as received)
 * receive P_AUTH_RESPONSE    {@link #onResponse} against HMAC(secret, my challenge), in constant time
 * </pre>
 *
 * Any verdict but {@link Verdict#ACCEPTED} is final: the connection goes to StandAlone and is not tried again. It
 * authenticates the handshake only; what follows is neither signed nor encrypted.
 *
 * <p>Confined to its event loop.
 */
public final class CramHmac implements AutoCloseable {
    /** What every known version sends and the least that a receiver takes, in bytes. */
    public static final int CHALLENGE_BYTES = 64;

    /** The longest challenge that a receiver takes, in bytes. */
    public static final int MAX_CHALLENGE_BYTES = 128;

    /** What became of a received packet. */
    public enum Verdict {
        /** As it should be. */
        ACCEPTED("accepted"),
        /** A challenge of fewer than 64 bytes. */
        CHALLENGE_TOO_SHORT("the peer's challenge has fewer than 64 bytes"),
        /** A challenge of more than 128 bytes. */
        CHALLENGE_TOO_LONG("the peer's challenge has more than 128 bytes"),
        /** The peer wants me to answer my own challenge. */
        REFLECTED("the peer sent my own challenge back"),
        /** A response that is no MAC of the configured algorithm: the peer uses another one. */
        RESPONSE_LENGTH("the peer's response has not the size of the configured cram-hmac-alg"),
        /** The peer does not know the secret. */
        RESPONSE_WRONG("the peer's response is wrong: its shared-secret or its cram-hmac-alg differs"),
        /** A packet that this step of the handshake does not expect. */
        OUT_OF_ORDER("the peer's authentication packet comes at the wrong time");

        private final String words;

        Verdict(String words) {
            this.words = words;
        }

        /**
         * Why, for a log or an administrator.
         *
         * @return words without a secret in them
         */
        public String words() {
            return words;
        }
    }

    private enum Step {
        EXPECT_CHALLENGE,
        EXPECT_RESPONSE,
        AUTHENTICATED,
        FAILED
    }

    private final DigestAlgorithm algorithm;
    private final SharedSecret secret;
    private final Hmac hmac;
    private final byte[] mine = new byte[CHALLENGE_BYTES];
    private byte[] response = {};
    private Step step = Step.EXPECT_CHALLENGE;

    /**
     * Prepares the authentication of one connection.
     *
     * @param algorithm cram-hmac-alg; must be {@linkplain DigestAlgorithm#fitForHmac() fit for a MAC}
     * @param secret the shared-secret, which stays the caller's and must live as long as this
     * @param random where the challenge comes from; a {@link java.security.SecureRandom} outside of tests
     * @throws IllegalArgumentException if no MAC can be made of the algorithm
     * @throws UnsupportedOperationException if the algorithm is {@linkplain DigestAlgorithm#unavailable() unavailable}
     */
    public CramHmac(DigestAlgorithm algorithm, SharedSecret secret, RandomGenerator random) {
        this.algorithm = algorithm;
        this.secret = secret;
        this.hmac = new Hmac(algorithm);
        random.nextBytes(mine);
    }

    /**
     * What to send as P_AUTH_CHALLENGE.
     *
     * @return 64 bytes, a copy
     */
    public byte[] challenge() {
        return mine.clone();
    }

    /**
     * Takes the payload of the peer's P_AUTH_CHALLENGE.
     *
     * @param payload the readable bytes; the indexes stay
     * @return {@link Verdict#ACCEPTED} if {@link #response()} is to be sent now, else why the connection ends
     */
    public Verdict onChallenge(ByteBuf payload) {
        int length = payload.readableBytes();
        Verdict verdict = judge(payload, length);
        if (verdict != Verdict.ACCEPTED) {
            return fail(verdict);
        }
        byte[] theirs = new byte[length];
        payload.getBytes(payload.readerIndex(), theirs);
        response = secret.mac(hmac, theirs);
        step = Step.EXPECT_RESPONSE;
        return Verdict.ACCEPTED;
    }

    private Verdict judge(ByteBuf payload, int length) {
        if (step != Step.EXPECT_CHALLENGE) {
            return Verdict.OUT_OF_ORDER;
        }
        if (length < CHALLENGE_BYTES) {
            return Verdict.CHALLENGE_TOO_SHORT;
        }
        if (length > MAX_CHALLENGE_BYTES) {
            return Verdict.CHALLENGE_TOO_LONG;
        }
        for (int i = 0; i < CHALLENGE_BYTES; i++) {
            if (payload.getByte(payload.readerIndex() + i) != mine[i]) {
                return Verdict.ACCEPTED;
            }
        }
        return Verdict.REFLECTED;
    }

    /**
     * What to send as P_AUTH_RESPONSE.
     *
     * @return the MAC of the peer's challenge, a copy
     * @throws IllegalStateException if no challenge has been accepted
     */
    public byte[] response() {
        if (step == Step.EXPECT_CHALLENGE || step == Step.FAILED) {
            throw new IllegalStateException("There is no accepted challenge to respond to");
        }
        return response.clone();
    }

    /**
     * Takes the payload of the peer's P_AUTH_RESPONSE.
     *
     * @param payload the readable bytes; the indexes stay
     * @return {@link Verdict#ACCEPTED} if the peer knows the secret, else why the connection ends
     */
    public Verdict onResponse(ByteBuf payload) {
        if (step != Step.EXPECT_RESPONSE) {
            return fail(Verdict.OUT_OF_ORDER);
        }
        if (payload.readableBytes() != algorithm.digestBytes()) {
            return fail(Verdict.RESPONSE_LENGTH);
        }
        byte[] theirs = new byte[algorithm.digestBytes()];
        payload.getBytes(payload.readerIndex(), theirs);
        byte[] right = secret.mac(hmac, mine);
        boolean equal = MessageDigest.isEqual(right, theirs);
        Arrays.fill(right, (byte) 0);
        if (!equal) {
            return fail(Verdict.RESPONSE_WRONG);
        }
        step = Step.AUTHENTICATED;
        return Verdict.ACCEPTED;
    }

    /**
     * Whether both packets of the peer have been accepted.
     *
     * @return true only after {@link #onResponse} has accepted
     */
    public boolean authenticated() {
        return step == Step.AUTHENTICATED;
    }

    /** Overwrites challenge and response. The secret stays the caller's. A second call does nothing. */
    @Override
    public void close() {
        Arrays.fill(mine, (byte) 0);
        Arrays.fill(response, (byte) 0);
        if (step != Step.AUTHENTICATED) {
            step = Step.FAILED;
        }
    }

    /** The algorithm, and nothing else. */
    @Override
    public String toString() {
        return "CramHmac[" + algorithm.kernelName() + "]";
    }

    private Verdict fail(Verdict verdict) {
        step = Step.FAILED;
        return verdict;
    }
}
