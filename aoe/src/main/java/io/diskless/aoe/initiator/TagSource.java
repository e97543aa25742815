package io.diskless.aoe.initiator;

import java.util.random.RandomGenerator;

/**
 * Tags: random in appearance, with bit 31 set, and none comes twice before all 2^31 have come.
 *
 * <p>Random, so that nobody who does not see our frames can forge an answer; bit 31, so that a Linux driver on the same
 * host does not take our answers for its own (spec §9); no repetition, because a target may remember tags to recognise
 * copies that the network made, and plainly random ones would meet by the birthday paradox every few ten thousand frames.
 *
 * <p>A counter goes through a keyed permutation: a Feistel network of four rounds on 32 bits, repeated until the result
 * has 31 (cycle walking). Confined to the event loop.
 */
final class TagSource {
    private static final int BIT_31 = 0x8000_0000;
    private static final int ROUNDS = 4;
    private static final int HALF = 0xFFFF;

    private final long[] keys = new long[ROUNDS];
    private int counter;

    TagSource(RandomGenerator random) {
        for (int i = 0; i < ROUNDS; i++) {
            keys[i] = random.nextLong();
        }
        counter = random.nextInt() & ~BIT_31;
    }

    int next() {
        int tag = counter;
        counter = (counter + 1) & ~BIT_31;
        do {
            tag = permute(tag);
        } while (tag < 0);
        return tag | BIT_31;
    }

    private int permute(int value) {
        int left = value >>> 16;
        int right = value & HALF;
        for (long key : keys) {
            long mixed = (right + key) * 0xD6E8_FEB8_6659_FD93L;
            mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
            int next = left ^ ((int) (mixed >>> 48) & HALF);
            left = right;
            right = next;
        }
        return (left << 16) | right;
    }
}
