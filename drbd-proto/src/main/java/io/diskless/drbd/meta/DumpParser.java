package io.diskless.drbd.meta;

import static io.diskless.drbd.DrbdException.Kind.CORRUPT;

import io.diskless.drbd.DrbdException;
import java.io.IOException;
import java.io.Reader;
import java.util.List;

/**
 * Reads a dump of version 08. It is read as a stream: the bitmap of a large volume has a gigabyte of text.
 *
 * <p>Not thread-safe.
 */
final class DumpParser {
    /** What drbdmeta writes whatever the dump says: the number of slots is only a comment there. */
    static final int AL_EXTENTS = 257;

    private static final int MAX_WORD = 64;

    /** All but the bitmap. */
    record Header(
            List<Long> uuids,
            int flags,
            long agreedSectors,
            long deviceUuid,
            int peerMaxBio,
            int alStripes,
            int alStripe4k) {
        /** Puts it over fresh meta-data. */
        Superblock apply(Superblock fresh) {
            return new Superblock(
                    agreedSectors,
                    uuids.get(0),
                    uuids.get(1),
                    uuids.get(2),
                    uuids.get(3),
                    deviceUuid,
                    0,
                    flags | MetaFlag.AL_CLEAN.mask(),
                    fresh.magic(),
                    fresh.mdSizeSectors(),
                    fresh.alOffset(),
                    fresh.alExtents(),
                    fresh.bitmapOffset(),
                    fresh.bytesPerBit(),
                    peerMaxBio,
                    fresh.alStripes(),
                    fresh.alStripe4k());
        }
    }

    private final Reader in;
    private int line = 1;
    private int pushedBack = -1;

    DumpParser(Reader in) {
        this.in = in;
    }

    private DrbdException wrong(String expected, String found) {
        return new DrbdException(
                CORRUPT,
                "dump line " + line + ": expected " + expected + ", found "
                        + (found.isEmpty() ? "the end" : "'" + found + "'"));
    }

    private int read() throws IOException {
        int c = pushedBack;
        pushedBack = -1;
        if (c < 0) {
            c = in.read();
        }
        if (c == '\n') {
            line++;
        }
        return c;
    }

    /** The next word, brace, semicolon or quoted text; empty at the end. */
    private String token() throws IOException {
        int c = read();
        while (c == '#' || (c >= 0 && Character.isWhitespace(c))) {
            if (c == '#') {
                while (c >= 0 && c != '\n') {
                    c = read();
                }
            } else {
                c = read();
            }
        }
        if (c < 0) {
            return "";
        }
        if (c == '{' || c == '}' || c == ';') {
            return Character.toString(c);
        }
        StringBuilder word = new StringBuilder();
        while (c >= 0 && !Character.isWhitespace(c) && c != '{' && c != '}' && c != ';' && c != '#') {
            if (word.length() == MAX_WORD) {
                throw wrong("a word of at most " + MAX_WORD + " characters", word.toString());
            }
            word.append((char) c);
            c = in.read();
        }
        pushedBack = c;
        return word.toString();
    }

    private void expect(String what) throws IOException {
        String found = token();
        if (!found.equals(what)) {
            throw wrong("'" + what + "'", found);
        }
    }

    private static boolean isHex(String word) {
        return word.length() > 2 && word.startsWith("0x");
    }

    /** As drbdmeta has it: 8 or 16 digits, nothing else. */
    private long hex(String word) throws DrbdException {
        try {
            if (isHex(word) && (word.length() == 2 + 8 || word.length() == 2 + 16)) {
                return Long.parseUnsignedLong(word.substring(2), 16);
            }
        } catch (NumberFormatException e) {
            throw new DrbdException(CORRUPT, "dump line " + line + ": '" + word + "' is no hexadecimal number", e);
        }
        throw wrong("0x and 8 or 16 hexadecimal digits", word);
    }

    private long decimal(String word, long max) throws DrbdException {
        try {
            long value = Long.parseLong(word);
            if (value >= 0 && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new DrbdException(CORRUPT, "dump line " + line + ": '" + word + "' is no number", e);
        }
        throw wrong("a number up to " + max, word);
    }

    private long field(String name, long max) throws IOException {
        expect(name);
        long value = decimal(token(), max);
        expect(";");
        return value;
    }

    private long word() throws IOException {
        long value = hex(token());
        expect(";");
        return value;
    }

    /** Reads up to the brace of the bitmap. */
    Header header() throws IOException {
        expect("version");
        String version = token();
        if (!version.equals("\"v08\"")) {
            throw wrong("\"v08\"", version);
        }
        expect(";");
        expect("uuid");
        expect("{");
        List<Long> uuids = List.of(word(), word(), word(), word());
        expect("flags");
        long flags = word();
        if (flags >>> 32 != 0) {
            throw wrong("flags of 32 bits", Long.toHexString(flags));
        }
        expect("}");
        long agreed = field("la-size-sect", Long.MAX_VALUE);
        long perBit = field("bm-byte-per-bit", Integer.MAX_VALUE);
        if (perBit != Superblock.BYTES_PER_BIT) {
            throw wrong("bm-byte-per-bit " + Superblock.BYTES_PER_BIT, Long.toString(perBit));
        }
        expect("device-uuid");
        long device = word();
        long maxBio = field("la-peer-max-bio-size", 0xffffffffL);
        int stripes = (int) field("al-stripes", Integer.MAX_VALUE);
        int blocks = (int) field("al-stripe-size-4k", Integer.MAX_VALUE);
        expect("bm");
        expect("{");
        return new Header(uuids, (int) flags, agreed, device, (int) maxBio, stripes, blocks);
    }

    /** Reads the bitmap and its closing brace. */
    void bits(DirtyBitmap into) throws IOException {
        long at = 0;
        for (String word = token(); !word.equals("}"); word = token()) {
            long times = 1;
            if (!isHex(word)) {
                times = decimal(word, Long.MAX_VALUE);
                expect("times");
                word = token();
            }
            long value = hex(word);
            expect(";");
            if (times > into.words() - at) {
                throw wrong("at most " + into.words() + " words of bitmap", times + " more after " + at);
            }
            if (value == 0) {
                at += times;
            }
            for (long end = value == 0 ? at : at + times; at < end; at++) {
                into.or(at, value);
            }
        }
        String rest = token();
        if (!rest.isEmpty()) {
            throw wrong("the end", rest);
        }
    }
}
