package io.diskless.drbd.auth;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The hash algorithms that a DRBD configuration can name (wire spec §15), under the names of the Linux crypto API.
 *
 * <p>Bare hashes serve data-integrity-alg, verify-alg and csums-alg. Those of which a MAC can be made serve
 * cram-hmac-alg too: the configuration says {@code md5} there as well, and the kernel itself makes {@code hmac(md5)} of
 * it.
 *
 * <p>Most come with the JDK or with this module. The rest needs Bouncy Castle ({@code org.bouncycastle:bcprov-jdk18on},
 * on a module path {@code --add-modules org.bouncycastle.provider}), which is an optional dependency:
 * {@link #unavailable()} says so before anything fails.
 *
 * <p>Immutable.
 */
public enum DigestAlgorithm {
    /** MD4 (RFC 1320). Needs Bouncy Castle. */
    MD4("md4", 16, 64, Source.BOUNCY_CASTLE, ""),
    /** MD5 (RFC 1321). */
    MD5("md5", 16, 64, Source.JDK, "MD5"),
    /** SHA-1 (FIPS 180-4). */
    SHA1("sha1", 20, 64, Source.JDK, "SHA-1"),
    /** SHA-224 (FIPS 180-4). */
    SHA224("sha224", 28, 64, Source.JDK, "SHA-224"),
    /** SHA-256 (FIPS 180-4). */
    SHA256("sha256", 32, 64, Source.JDK, "SHA-256"),
    /** SHA-384 (FIPS 180-4). */
    SHA384("sha384", 48, 128, Source.JDK, "SHA-384"),
    /** SHA-512 (FIPS 180-4). */
    SHA512("sha512", 64, 128, Source.JDK, "SHA-512"),
    /** SHA3-224 (FIPS 202). */
    SHA3_224("sha3-224", 28, 144, Source.JDK, "SHA3-224"),
    /** SHA3-256 (FIPS 202). */
    SHA3_256("sha3-256", 32, 136, Source.JDK, "SHA3-256"),
    /** SHA3-384 (FIPS 202). */
    SHA3_384("sha3-384", 48, 104, Source.JDK, "SHA3-384"),
    /** SHA3-512 (FIPS 202). */
    SHA3_512("sha3-512", 64, 72, Source.JDK, "SHA3-512"),
    /** BLAKE2b with 20 bytes (RFC 7693). Needs Bouncy Castle. */
    BLAKE2B_160("blake2b-160", 20, 128, Source.BOUNCY_CASTLE, ""),
    /** BLAKE2b with 32 bytes (RFC 7693). Needs Bouncy Castle. */
    BLAKE2B_256("blake2b-256", 32, 128, Source.BOUNCY_CASTLE, ""),
    /** BLAKE2b with 48 bytes (RFC 7693). Needs Bouncy Castle. */
    BLAKE2B_384("blake2b-384", 48, 128, Source.BOUNCY_CASTLE, ""),
    /** BLAKE2b with 64 bytes (RFC 7693). Needs Bouncy Castle. */
    BLAKE2B_512("blake2b-512", 64, 128, Source.BOUNCY_CASTLE, ""),
    /** RIPEMD-160 (ISO/IEC 10118-3). Needs Bouncy Castle. */
    RMD160("rmd160", 20, 64, Source.BOUNCY_CASTLE, ""),
    /** SM3 (GB/T 32905). Needs Bouncy Castle. */
    SM3("sm3", 32, 64, Source.BOUNCY_CASTLE, ""),
    /** Streebog with 32 bytes (RFC 6986), first byte first. Needs Bouncy Castle. */
    STREEBOG256("streebog256", 32, 64, Source.BOUNCY_CASTLE, ""),
    /** Streebog with 64 bytes (RFC 6986), first byte first. Needs Bouncy Castle. */
    STREEBOG512("streebog512", 64, 64, Source.BOUNCY_CASTLE, ""),
    /** Whirlpool (ISO/IEC 10118-3), its first 32 bytes. Needs Bouncy Castle. */
    WP256("wp256", 32, 64, Source.BOUNCY_CASTLE, ""),
    /** Whirlpool (ISO/IEC 10118-3), its first 48 bytes. Needs Bouncy Castle. */
    WP384("wp384", 48, 64, Source.BOUNCY_CASTLE, ""),
    /** Whirlpool (ISO/IEC 10118-3). Needs Bouncy Castle. */
    WP512("wp512", 64, 64, Source.BOUNCY_CASTLE, ""),
    /** CRC-32C as everybody computes it (RFC 3720), least significant byte first. Not for a MAC. */
    CRC32C("crc32c", 4, 0, Source.OWN, ""),
    /**
     * CRC-32 as the kernel's hash of this name computes it: seed 0, no final inversion, least significant byte first.
     * It is <em>not</em> {@link java.util.zip.CRC32}. Not for a MAC.
     */
    CRC32("crc32", 4, 0, Source.OWN, ""),
    /** The CRC of T10 DIF (polynomial 8BB7), least significant byte first. Not for a MAC. */
    CRCT10DIF("crct10dif", 2, 0, Source.OWN, ""),
    /** XXH64 with seed 0, least significant byte first. The kernel takes it for a MAC too, which it is not fit for. */
    XXHASH64("xxhash64", 8, 32, Source.OWN, "");

    /** The longest digest of all, in bytes. */
    public static final int MAX_BYTES = 64;

    /** Where the algorithm's code is. */
    enum Source {
        JDK,
        BOUNCY_CASTLE,
        OWN
    }

    private final String kernelName;
    private final int bytes;
    private final int block;
    private final Source source;
    private final String jcaName;

    DigestAlgorithm(String kernelName, int bytes, int block, Source source, String jcaName) {
        this.kernelName = kernelName;
        this.bytes = bytes;
        this.block = block;
        this.source = source;
        this.jcaName = jcaName;
    }

    /**
     * Finds an algorithm by the name that a configuration or a peer gives.
     *
     * @param name a name of the Linux crypto API, in its spelling: {@code sha256}, {@code blake2b-512}
     * @return the algorithm, or empty if this module knows none of that name
     */
    public static Optional<DigestAlgorithm> ofKernelName(String name) {
        for (DigestAlgorithm a : values()) {
            if (a.kernelName.equals(name)) {
                return Optional.of(a);
            }
        }
        return Optional.empty();
    }

    /**
     * The name in a configuration and on the wire.
     *
     * @return the name that the kernel knows it by
     */
    public String kernelName() {
        return kernelName;
    }

    /**
     * The size of a digest, and of a MAC made of it.
     *
     * @return bytes, 2 to {@link #MAX_BYTES}
     */
    public int digestBytes() {
        return bytes;
    }

    /**
     * The block that a MAC pads its key to.
     *
     * @return bytes, or 0 if no MAC can be made of this hash
     */
    public int blockBytes() {
        return block;
    }

    /**
     * Whether {@code cram-hmac-alg} can name it. The kernel refuses the others there.
     *
     * @return false for checksums
     */
    public boolean fitForHmac() {
        return block > 0;
    }

    /**
     * Whether it can be used in this process, asked before use.
     *
     * @return empty if it can, else the reason and the remedy
     */
    public Optional<String> unavailable() {
        return switch (source) {
            case OWN -> Optional.empty();
            case JDK -> {
                try {
                    MessageDigest.getInstance(jcaName);
                    yield Optional.empty();
                } catch (NoSuchAlgorithmException e) {
                    yield Optional.of("The digest " + kernelName + " needs " + jcaName
                            + ", which no security provider of this JDK has");
                }
            }
            case BOUNCY_CASTLE -> {
                Throwable missing = bouncyCastle();
                yield missing == null
                        ? Optional.empty()
                        : Optional.of("The digest " + kernelName
                                + " needs org.bouncycastle:bcprov-jdk18on on the class path, or on the module path with"
                                + " --add-modules org.bouncycastle.provider (" + missing + ")");
            }
        };
    }

    /**
     * Makes a computer of this digest.
     *
     * @return a new one, for one thread at a time
     * @throws UnsupportedOperationException if {@link #unavailable()} has a reason, which is the message
     */
    public BlockDigest newDigest() {
        Optional<String> reason = unavailable();
        if (reason.isPresent()) {
            throw new UnsupportedOperationException(reason.get());
        }
        return switch (source) {
            case OWN -> ownDigest();
            case BOUNCY_CASTLE -> BouncyDigest.of(this);
            case JDK -> {
                try {
                    yield new JdkDigest(this, MessageDigest.getInstance(jcaName));
                } catch (NoSuchAlgorithmException e) {
                    throw new UnsupportedOperationException(
                            "The security provider of " + jcaName + " has gone meanwhile", e);
                }
            }
        };
    }

    /** The name that the kernel knows it by. */
    @Override
    public String toString() {
        return kernelName;
    }

    private BlockDigest ownDigest() {
        return switch (this) {
            case CRC32C -> new Crc32cDigest();
            case CRC32 -> new RawCrc32Digest();
            case CRCT10DIF -> new CrcT10DifDigest();
            case XXHASH64 -> new XxHash64Digest();
            default -> throw new AssertionError(this);
        };
    }

    /** Why the library cannot be used, or null. A class of it is looked up, not initialised. */
    private static @Nullable Throwable bouncyCastle() {
        try {
            Class.forName("org.bouncycastle.crypto.digests.MD4Digest", false, DigestAlgorithm.class.getClassLoader());
            return null;
        } catch (ClassNotFoundException | LinkageError e) {
            return e;
        }
    }
}
