package io.diskless.drbd.meta;

import java.io.IOException;
import java.util.Locale;

/**
 * Writes meta-data as drbdmeta's {@code dump-md} does (learnt from its output, see PROTOCOL.md): words of the bitmap in
 * rows of four; a run of 8 or more words of all zeroes or all ones that begins a row is told by its length, in multiples of
 * four; where a row begins at a multiple of 32 words, a comment tells the place in the data.
 *
 * <p>Not thread-safe.
 */
final class DumpWriter {
    private static final int ROW = 4;
    private static final int LONG_RUN = 8;
    private static final int PLACE_EVERY = 32;
    private static final int KIB_PER_WORD = 256;

    private final Appendable out;

    DumpWriter(Appendable out) {
        this.out = out;
    }

    void write(MetaImage image) throws IOException {
        Superblock s = image.superblock();
        MetaLayout layout = image.layout();
        line("version \"v08\";%n%n# md_size_sect %d", layout.mdSizeSectors());
        line("# md_offset %d", layout.superblockAt());
        line("# al_offset %d", layout.alAt());
        line("# bm_offset %d%n", layout.bitmapAt());
        line(
                "uuid {%n    0x%016X; 0x%016X; 0x%016X; 0x%016X;",
                s.currentUuid(), s.bitmapUuid(), s.historyUuid0(), s.historyUuid1());
        line("    flags 0x%08X;%n}", s.flags());
        line("# al-extents %d;", s.alExtents());
        line("la-size-sect %d;", s.agreedSectors());
        line("bm-byte-per-bit %d;", s.bytesPerBit());
        line("device-uuid 0x%016X;", s.deviceUuid());
        line("la-peer-max-bio-size %s;", Integer.toUnsignedString(s.peerMaxBio()));
        line("al-stripes %d;", layout.alStripes());
        line("al-stripe-size-4k %d;", layout.alStripe4k());
        if (!image.hotExtents().isEmpty()) {
            line(
                    "# %d extents of the activity log are dirty here, not on disk",
                    image.hotExtents().size());
        }
        DirtyBitmap bitmap = image.bitmap();
        if (!image.hotExtents().isEmpty()) {
            bitmap = copy(bitmap);
            for (int extent : image.hotExtents()) {
                MetaOpener.markDirty(bitmap, extent);
            }
        }
        line("# bm-bytes %d;", bitmap.words() * Long.BYTES);
        bits("bm", bitmap);
        line("# bits-set %d;", bitmap.dirtyBits());
    }

    private static DirtyBitmap copy(DirtyBitmap from) {
        DirtyBitmap copy = new DirtyBitmap(from.sectors());
        for (long i = 0; i < from.words(); i++) {
            copy.or(i, from.word(i));
        }
        return copy;
    }

    private void line(String format, Object... values) throws IOException {
        out.append(String.format(Locale.ROOT, format, values).replace("\r\n", "\n"))
                .append('\n');
    }

    void bits(String name, DirtyBitmap bitmap) throws IOException {
        out.append(name).append(" {\n");
        long words = bitmap.words();
        for (long i = 0; i < words; ) {
            if (i % PLACE_EVERY == 0) {
                out.append("   # at ").append(Long.toString(i * KIB_PER_WORD)).append("kB\n");
            }
            long run = run(bitmap, i, words);
            out.append("    ");
            if (run >= LONG_RUN) {
                long told = run / ROW * ROW;
                out.append(Long.toString(told)).append(" times ");
                word(bitmap.word(i));
                i += told;
            } else {
                for (int k = 0; k < ROW && i < words; k++, i++) {
                    if (k > 0) {
                        out.append(' ');
                    }
                    word(bitmap.word(i));
                }
            }
            out.append('\n');
        }
        out.append("}\n");
    }

    /** How many words from here on are all zero, or all ones; other words have no runs. */
    private static long run(DirtyBitmap bitmap, long from, long words) {
        long first = bitmap.word(from);
        if (first == 0) {
            long next = bitmap.nextSet(from << 6);
            return (next < 0 ? words : next >>> 6) - from;
        }
        return first == -1 ? (bitmap.nextClear(from << 6, bitmap.bits()) >>> 6) - from : 1;
    }

    private void word(long value) throws IOException {
        out.append("0x");
        for (int shift = 60; shift >= 0; shift -= 4) {
            out.append(Character.toUpperCase(Character.forDigit((int) (value >>> shift) & 15, 16)));
        }
        out.append(';');
    }
}
