package io.diskless.aoe.link;

import java.nio.ByteBuffer;

/** Slots in direct memory of our own, whose sector data is aligned for direct I/O like that of a packet ring. */
final class HeapSlots {
    /** Every file store this was tried on takes direct I/O at multiples of 512. */
    static final int ALIGNMENT = 512;

    private HeapSlots() {}

    /**
     * Makes frames in one block of direct memory.
     *
     * @param count how many
     * @param longest bytes of the longest frame
     * @param unit the distance between slots is a multiple of it, itself a multiple of {@link #ALIGNMENT}
     * @return frames whose {@code data()} starts at a multiple of {@link #ALIGNMENT}
     */
    static Frame[] allocate(int count, int longest, int unit) {
        int lead = ALIGNMENT - Frame.DATA_AT;
        int stride = (lead + longest + unit - 1) / unit * unit;
        ByteBuffer memory = ByteBuffer.allocateDirect(Math.addExact(Math.multiplyExact(stride, count), unit))
                .alignedSlice(unit);
        Frame[] frames = new Frame[count];
        for (int i = 0; i < count; i++) {
            frames[i] = new Frame(memory.slice(i * stride + lead, longest));
        }
        return frames;
    }
}
