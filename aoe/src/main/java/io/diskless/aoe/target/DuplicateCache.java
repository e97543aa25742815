package io.diskless.aoe.target;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Remembers the last writes of a port, to recognise a late copy of one: the same source, tag, export, LBA, count and data.
 *
 * <p>The hazard (spec §12): write A is answered late and sent again; the answer to the second copy arrives; the application
 * writes B to the same place; then the network delivers the first copy of A. Executed, it would undo B. Nothing in AoE tells
 * a late copy from a new request, except for initiators that keep the tag when they repeat and take a new one for each
 * request; for those this cache answers the copy without executing it.
 *
 * <p>An initiator that uses a few tags in turn, or one for everything, must not be taken for one of those: its second write
 * of the same data to the same place would be lost. So a tag that comes again with other content within the window
 * switches the cache off for that source, and replaces what was remembered of that tag. Reads are never answered from
 * here, since a repeated read must see what is there now; setting a config string is idempotent and needs no memory.
 *
 * <p>The table is direct mapped and of fixed size,
 * which forgets a write somewhat early when two fall on one slot. Confined to the port's thread; no allocation.
 */
final class DuplicateCache {
    /** Not seen before: execute, then tell {@link #ended}. */
    static final int NEW = 0;
    /** Executed and answered before: answer again. */
    static final int ANSWERED = 1;
    /** A copy of one that is still under way: its answer will come. */
    static final int UNDER_WAY = 2;

    private final int mask;
    private final long window;
    private final long[] sources;
    private final long[] lbas;
    private final long[] times;
    private final int[] tags;
    private final int[] exports;
    private final int[] counts;
    private final int[] sums;
    private final byte[] states;
    private final CRC32C crc = new CRC32C();

    DuplicateCache(int entries, long window) {
        int size = entries == 0 ? 0 : Integer.highestOneBit(entries * 2 - 1);
        this.mask = size - 1;
        this.window = window;
        sources = new long[size];
        lbas = new long[size];
        times = new long[size];
        tags = new int[size];
        exports = new int[size];
        counts = new int[size];
        sums = new int[size];
        states = new byte[size];
    }

    boolean enabled() {
        return mask >= 0;
    }

    /** Sum of the data between position and limit; both stay. */
    int sum(ByteBuffer data) {
        int position = data.position();
        crc.reset();
        crc.update(data);
        data.position(position);
        return (int) crc.getValue();
    }

    /**
     * Looks a write up, and enters it as under way if it is new.
     *
     * @return {@link #NEW}, {@link #ANSWERED} or {@link #UNDER_WAY}
     */
    int check(Peer peer, long now, int export, int tag, long lba, int count, int sum) {
        int i = slot(peer.mac(), tag);
        boolean sameTag = states[i] != NEW && sources[i] == peer.mac() && tags[i] == tag && now - times[i] <= window;
        if (sameTag) {
            if (exports[i] == export && lbas[i] == lba && counts[i] == count && sums[i] == sum) {
                if (!peer.reusesTags) {
                    return states[i];
                }
            } else {
                peer.reusesTags = true;
            }
        }
        sources[i] = peer.mac();
        tags[i] = tag;
        exports[i] = export;
        lbas[i] = lba;
        counts[i] = count;
        sums[i] = sum;
        times[i] = now;
        states[i] = UNDER_WAY;
        return NEW;
    }

    /** A write has ended: remembered if it was done, forgotten if it failed and may be tried again. */
    void ended(long source, int tag, boolean done, long now) {
        int i = slot(source, tag);
        if (states[i] == UNDER_WAY && sources[i] == source && tags[i] == tag) {
            states[i] = done ? (byte) ANSWERED : (byte) NEW;
            times[i] = now;
        }
    }

    /** A tag was used for something other than a write. */
    void otherUse(Peer peer, int tag, long now) {
        int i = slot(peer.mac(), tag);
        if (states[i] != NEW && sources[i] == peer.mac() && tags[i] == tag && now - times[i] <= window) {
            peer.reusesTags = true;
        }
    }

    void clear() {
        Arrays.fill(states, (byte) NEW);
    }

    private int slot(long source, int tag) {
        long h = (source ^ (long) tag << 20) * 0x9E3779B97F4A7C15L;
        return (int) (h >>> 40) & mask;
    }
}
