package io.diskless.aoe.link;

/**
 * How a ring is laid out. Slots are a power of two long, so that none crosses a block, there is no gap and all have the
 * same alignment; a frame begins {@code lead} bytes behind the start of its slot.
 *
 * @param slots how many, a power of two
 * @param slotSize bytes of one, a power of two
 * @param lead where the frame begins
 * @param alignment of the sector data at byte 36 of a frame
 */
record RingGeometry(int slots, int slotSize, int lead, int alignment) {
    /** Where the frame begins in a receive slot if nothing is reserved: TPACKET_ALIGN(52 + 16) + 14 - 16 ... = 66 on Ethernet. */
    static final int RECEIVE_LEAD = 66;
    /** Where it begins in a transmit slot at the earliest: TPACKET2_HDRLEN - sizeof(sockaddr_ll). */
    static final int SEND_LEAD = 32;

    /** A ring is made of blocks; one block must be a multiple of any page size (64 KiB on some kernels). */
    private static final int SMALLEST_RING = 64 << 10;

    private static final int LARGEST_RING = 1 << 30;
    private static final int BLOCK = 256 << 10;
    private static final int VLAN_TAG = 4;
    private static final int BEST = 4096;
    private static final int GOOD = 512;

    /**
     * Lays out a ring.
     *
     * @param slotMtu longest frame without header
     * @param slots wanted
     * @param alignment 1, 512, 4096, or 0 for 4096 if it costs no memory over 512, else 512
     * @param smallestLead where a frame can begin at the earliest
     */
    static RingGeometry of(int slotMtu, int slots, int alignment, int smallestLead) {
        int longest = slotMtu + 14 + VLAN_TAG;
        int chosen = alignment;
        if (alignment == 0) {
            chosen = size(BEST - Frame.DATA_AT, longest) == size(GOOD - Frame.DATA_AT, longest) ? BEST : GOOD;
        }
        int lead = chosen == 1 ? smallestLead : chosen - Frame.DATA_AT;
        int slotSize = size(lead, longest);
        int count = Math.max(powerOfTwo(slots), SMALLEST_RING / Math.min(slotSize, SMALLEST_RING));
        if ((long) count * slotSize > LARGEST_RING) {
            throw new IllegalArgumentException("a ring has at most 1 GiB; " + count + " slots of " + slotSize
                    + " bytes are more: ask for fewer slots");
        }
        return new RingGeometry(count, slotSize, lead, chosen);
    }

    int bytes() {
        return slots * slotSize;
    }

    int blockSize() {
        return Math.max(Math.min(bytes(), BLOCK), slotSize);
    }

    int blocks() {
        return bytes() / blockSize();
    }

    /** The longest frame that a slot holds. */
    int room() {
        return slotSize - lead;
    }

    private static int size(int lead, int longest) {
        return powerOfTwo(lead + longest);
    }

    private static int powerOfTwo(int atLeast) {
        return Math.max(1, Integer.highestOneBit(atLeast - 1) << 1);
    }
}
