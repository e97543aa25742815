/**
 * Digests by the names that the Linux kernel gives them, and the challenge-response authentication built on them.
 *
 * <p>{@link io.diskless.drbd.auth.DigestAlgorithm} is the list of names; {@link io.diskless.drbd.auth.BlockDigest}
 * computes one digest after the other (data-integrity-alg, verify-alg, csums-alg);
 * {@link io.diskless.drbd.auth.CramHmac} is one side of the handshake of cram-hmac-alg.
 */
package io.diskless.drbd.auth;
