package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** The bitmap against a {@link BitSet} of blocks. */
class DirtyBitmapProperties {
    /** What one step does: kind, start and length in sectors, scaled to the size. */
    record Step(int kind, long from, long length) {}

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<Step> steps() {
        return net.jqwik.api.Combinators.combine(
                        net.jqwik.api.Arbitraries.integers().between(0, 4),
                        net.jqwik.api.Arbitraries.longs().greaterOrEqual(0),
                        net.jqwik.api.Arbitraries.longs().greaterOrEqual(0))
                .as(Step::new);
    }

    @Property(tries = 300)
    void everyStepDoesWhatTheSetDoes(
            @ForAll @LongRange(min = 1, max = 700_000) long sectors,
            @ForAll @Size(max = 60) java.util.List<@net.jqwik.api.From("steps") Step> steps) {
        DirtyBitmap bitmap = new DirtyBitmap(sectors);
        BitSet model = new BitSet();
        int bits = (int) ((sectors + 7) / 8);
        assertThat(bitmap.bits()).isEqualTo(bits);
        for (Step step : steps) {
            long from = step.from % sectors;
            long length = 1 + step.length % Math.min(sectors - from, step.kind % 2 == 0 ? 40 : sectors);
            int before = model.cardinality();
            switch (step.kind) {
                case 0, 1 -> {
                    model.set((int) (from / 8), (int) ((from + length - 1) / 8) + 1);
                    assertThat(bitmap.markDirty(from * 512, length * 512)).isEqualTo(model.cardinality() - before);
                }
                case 2, 3 -> {
                    int first = (int) ((from + 7) / 8);
                    int end = from + length == sectors ? bits : (int) ((from + length) / 8);
                    if (first < end) {
                        model.clear(first, end);
                    }
                    assertThat(bitmap.markClean(from * 512, length * 512)).isEqualTo(before - model.cardinality());
                }
                default -> {
                    long word = (from / 8) >>> 6;
                    bitmap.or(word, step.length);
                    for (int i = 0; i < 64; i++) {
                        if ((step.length >>> i & 1) != 0 && word * 64 + i < bits) {
                            model.set((int) (word * 64 + i));
                        }
                    }
                }
            }
            assertThat(bitmap.dirtyBits()).isEqualTo(model.cardinality());
            int at = (int) (from / 8);
            assertThat(bitmap.nextSet(at)).isEqualTo(model.nextSetBit(at));
            assertThat(bitmap.nextClear(at, bits)).isEqualTo(Math.min(bits, model.nextClearBit(at)));
            int to = (int) ((from + length - 1) / 8) + 1;
            assertThat(bitmap.count(at, to)).isEqualTo(model.get(at, to).cardinality());
            assertThat(bitmap.isDirty(from * 512, length * 512))
                    .isEqualTo(!model.get(at, to).isEmpty());
        }
        long[] words = model.toLongArray();
        for (long i = 0; i < bitmap.words(); i++) {
            assertThat(bitmap.word(i)).isEqualTo(i < words.length ? words[(int) i] : 0);
        }
        bitmap.setAll();
        assertThat(bitmap.dirtyBits()).isEqualTo(bits);
        bitmap.clearAll();
        assertThat(bitmap.nextSet(0)).isEqualTo(-1);
    }

    @Property(tries = 200)
    void aResizeKeepsWhatStays(
            @ForAll @IntRange(min = 1, max = 600_000) int small,
            @ForAll @IntRange(min = 0, max = 9_000_000) int more,
            @ForAll boolean dirtyGrowth) {
        DirtyBitmap bitmap = new DirtyBitmap(small);
        long last = bitmap.bits() - 1;
        bitmap.setBits(last, last + 1);
        bitmap.resize((long) small + more, dirtyGrowth);
        long grown = bitmap.bits() - last - 1;
        assertThat(bitmap.dirtyBits()).isEqualTo(dirtyGrowth ? 1 + grown : 1);
        assertThat(bitmap.nextSet(0)).isEqualTo(last);
        bitmap.resize(small, false);
        assertThat(bitmap.dirtyBits()).isEqualTo(1);
        bitmap.resize((long) small + more, false);
        assertThat(bitmap.dirtyBits())
                .as("what was cut off is clean when it comes back")
                .isEqualTo(1);
    }
}
