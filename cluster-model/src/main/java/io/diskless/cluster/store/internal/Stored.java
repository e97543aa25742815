package io.diskless.cluster.store.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.json.RecordJson;
import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.FencingToken;
import io.diskless.cluster.store.Proposal;
import io.diskless.cluster.store.StoreException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/** A commit as its bytes say it: everything but their own hash. The bytes are canonical JSON. Immutable. */
public record Stored(long revision, Instant at, Proposal proposal, Optional<FencingToken> token, String previous) {
    public byte[] bytes() {
        return RecordJson.write(Stored.class, this).getBytes(UTF_8);
    }

    public Commit commit(byte[] bytes) {
        return new Commit(revision, at, proposal, token, previous, hash(bytes));
    }

    /** Reads and checks what {@link #bytes()} wrote. */
    public static Commit read(String name, byte[] bytes) throws StoreException {
        try {
            return RecordJson.read(Stored.class, name, new String(bytes, UTF_8)).commit(bytes);
        } catch (ConfigException | IllegalArgumentException unreadable) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT, name + " holds no commit: " + unreadable.getMessage(), unreadable);
        }
    }

    public static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
