package io.diskless.store.zookeeper;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.StoreException;

/**
 * Where the history ends; its node's version is what appends compare. The text {@code REVISION HASH SINCE SNAPSHOT}. Immutable.
 *
 * @param revision of the newest commit
 * @param hash of the newest commit
 * @param since bytes of commits since the last snapshot was due
 * @param snapshot bytes of that snapshot
 */
record Head(long revision, String hash, long since, long snapshot) {
    static final Head START = new Head(0, Commit.NONE, 0, 0);

    byte[] bytes() {
        return (revision + " " + hash + " " + since + " " + snapshot).getBytes(US_ASCII);
    }

    static Head of(byte[] bytes) throws StoreException {
        String text = new String(bytes, US_ASCII);
        if (!text.matches("[0-9]{1,18} [0-9a-f]{64} [0-9]{1,18} [0-9]{1,18}")) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "the head is no head of a store: \"" + text + "\"; is this the right path?");
        }
        String[] words = text.split(" ", -1);
        return new Head(Long.parseLong(words[0]), words[1], Long.parseLong(words[2]), Long.parseLong(words[3]));
    }
}
