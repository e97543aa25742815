package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TagTableTest {
    @Test
    void noTagComesTwiceAndAllHaveBit31() {
        TagSource source = new TagSource(new SplittableRandom(5));
        BitSet seen = new BitSet();
        for (int i = 0; i < 3_000_000; i++) {
            int tag = source.next();
            assertThat(tag).isNegative();
            assertThat(seen.get(tag & Integer.MAX_VALUE)).isFalse();
            seen.set(tag & Integer.MAX_VALUE);
        }
    }

    @Test
    void tagsSpreadOverAllBits() {
        TagSource source = new TagSource(new SplittableRandom(6));
        int[] ones = new int[31];
        for (int i = 0; i < 100_000; i++) {
            int tag = source.next();
            for (int bit = 0; bit < 31; bit++) {
                ones[bit] += tag >>> bit & 1;
            }
        }
        for (int n : ones) {
            assertThat(n).isBetween(49_000, 51_000);
        }
    }

    @Test
    void differentSeedsGiveDifferentTags() {
        TagSource a = new TagSource(new SplittableRandom(1));
        TagSource b = new TagSource(new SplittableRandom(2));
        assertThat(a.next()).isNotEqualTo(b.next());
    }

    @Test
    void findsWhatIsThereAfterAnyOrderOfRemovals() {
        TagTable table = new TagTable(new SplittableRandom(7));
        Random random = new Random(8);
        List<Copy> in = new ArrayList<>();
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 100; i++) {
                Copy copy = new Copy();
                // Neighbours on purpose: long runs of probing.
                copy.tag = 0x8000_0000 | random.nextInt(1 << 14);
                if (table.get(copy.tag) == null) {
                    table.put(copy);
                    in.add(copy);
                }
            }
            Collections.shuffle(in, random);
            for (int i = in.size() * 2 / 3; i > 0; i--) {
                Copy copy = in.remove(in.size() - 1);
                table.remove(copy);
                assertThat(table.get(copy.tag)).isNull();
            }
            assertThat(table.size()).isEqualTo(in.size());
            for (Copy copy : in) {
                assertThat(table.get(copy.tag)).isSameAs(copy);
            }
        }
    }
}
