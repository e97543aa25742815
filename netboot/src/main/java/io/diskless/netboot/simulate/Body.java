package io.diskless.netboot.simulate;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** What was loaded: its beginning, and of all of it the length and a sum. Not thread-safe. */
final class Body {
    /** Longer than any script or configuration; a kernel is not kept. */
    private static final int KEPT = 1 << 18;

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final CRC32 sum = new CRC32();
    private long length;

    void add(byte[] from, int at, int count) {
        kept.write(from, at, Math.min(count, KEPT - kept.size()));
        sum.update(from, at, count);
        length += count;
    }

    long length() {
        return length;
    }

    long crc32() {
        return sum.getValue();
    }

    String text() {
        return kept.toString(StandardCharsets.UTF_8);
    }

    boolean isScript() {
        return text().startsWith("#!ipxe");
    }
}
