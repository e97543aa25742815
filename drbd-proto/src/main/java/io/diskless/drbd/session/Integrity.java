package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.BlockDigest;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The digests that travel with data (data-integrity-alg): each side says what it sends, and may change that while both are
 * connected (spec drbd-wire 5.1). Confined to the data loop.
 */
final class Integrity {
    private final Link link;
    private Optional<DigestAlgorithm> named = Optional.empty();
    private @Nullable BlockDigest sent;
    private @Nullable BlockDigest received;

    Integrity(Link link, Optional<DigestAlgorithm> algorithm) {
        this.link = link;
        sends(algorithm);
        receives(algorithm);
    }

    /** What this side sends from now on. */
    void sends(Optional<DigestAlgorithm> algorithm) {
        named = algorithm;
        sent = algorithm.map(DigestAlgorithm::newDigest).orElse(null);
    }

    /** What the peer sends from now on. */
    void receives(Optional<DigestAlgorithm> algorithm) {
        received = algorithm.map(DigestAlgorithm::newDigest).orElse(null);
    }

    boolean isSent(Optional<DigestAlgorithm> algorithm) {
        return named.equals(algorithm);
    }

    /** Goes with what is sent; null for nothing. */
    @Nullable
    BlockDigest sent() {
        return sent;
    }

    /**
     * Checks what the peer sent.
     *
     * @param p a packet that ends with a digest and the data that it belongs to
     * @param from where the digest begins, or without one the data
     * @return where the data begins; -1 if the digest does not fit it, and then the connection has ended
     */
    int checked(ByteBuf p, int from) {
        BlockDigest digest = received;
        if (digest == null) {
            return from;
        }
        int dataAt = from + digest.bytes();
        if (dataAt > p.writerIndex()) {
            link.protocolError("a packet of " + p.readableBytes() + " bytes has no room for the digest");
            return -1;
        }
        digest.reset();
        digest.update(p, dataAt, p.writerIndex() - dataAt);
        if (!digest.matches(p, from)) {
            link.fail(
                    new DrbdException(
                            DrbdException.Kind.INTEGRITY,
                            "the digest does not fit the data for sector " + p.getLong(p.readerIndex())),
                    false);
            return -1;
        }
        return dataAt;
    }
}
