package io.diskless.aoe.target;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Remembers the last changes that a port was asked for, to recognise a late copy of one: the same source, export, tag,
 * command, range and data.
 *
 * <p>The hazard (spec §12): write A is answered late and sent again; the answer to the second copy arrives; the application
 * writes B to the same place; then the network delivers the first copy of A. Executed, it would undo B. TRIM and SET
 * FEATURES undo later requests in the same way. Reads are never answered from here, since a repeated read must see what is
 * there now; a flush or a verify harms nobody however late it is.
 *
 * <p>What it recognises: copies that the network made or held back, and what initiators that keep the tag when they repeat
 * sent again (iPXE, WinAoE). What it cannot: a repetition with a new tag (the Linux driver and ours take one each time;
 * ours therefore holds what overlaps until the old copy is accounted for), a copy that comes in by another port, a copy
 * older than the window or than the last {@code entries} changes, and a change of config string, mask or reservation with
 * tag 0, which Linux and others use for every message that is not an ATA command.
 *
 * <p>An initiator that uses a few tags in turn, or one for everything, must not be taken for one that never repeats a tag:
 * its second write of the same data to the same place would be lost. So when a tag comes again with other content,
 * {@code age} after it was used, the source's tags are from then on taken to tell something for half that age only, until
 * no such clash was seen for a whole window. A counter that wraps after seconds thus still tells of milliseconds, and two
 * initiators behind one address that hit upon one tag do no lasting damage. Before the first clash nothing tells such an
 * initiator from others; that much is a guess.
 *
 * <p>The memory: a ring of entries in the order of their arrival, so that exactly the last {@code entries} changes are
 * known whatever their tags are, and one hash chain per slot of {@code heads}, linked from new to old by number. A chain
 * ends at the first number that the ring holds no more, so nothing is ever taken out, except that an entry leaves its chain
 * when its tag is entered again: a chain holds each tag once. The hash is seeded, so that nobody can choose tags for one
 * long chain. Source, export and tag, and likewise the content, are kept as a mixed 64-bit value: two different ones are
 * mistaken for each other less often than two blocks of data have the same CRC, which is one in 2^32 for those that come
 * with the same tag within the window. 36 bytes per entry, all allocated at the start.
 *
 * <p>Confined to the port's thread; no allocation.
 */
final class DuplicateCache {
    /** Not seen before: execute, then tell {@link #ended}. */
    static final int NEW = 0;
    /** Executed and answered before: answer again. */
    static final int ANSWERED = 1;
    /** A copy of one that is still under way: its answer will come. */
    static final int UNDER_WAY = 2;

    // The longs of an entry.
    private static final int KEY = 0;
    private static final int CONTENT = 1;
    private static final int TIME = 2;
    /** State (high half), and the number of the next older entry in the chain (low half). */
    private static final int LINK = 3;

    private static final int WORDS = 4;
    private static final int NOWHERE = -1;

    private final int size;
    private final long window;
    private final long seed;
    private final long[] ring;
    /** The number of the newest entry of each chain. */
    private final int[] heads;

    private final CRC32C crc = new CRC32C();
    /** The number of the next entry; wraps. */
    private int next;

    /**
     * @param entries rounded up to a power of two; 0 for none
     * @param window nanoseconds
     * @param seed anything that others do not know
     */
    DuplicateCache(int entries, long window, long seed) {
        size = entries == 0 ? 0 : Integer.highestOneBit(entries * 2 - 1);
        this.window = window;
        this.seed = seed;
        ring = new long[size * WORDS];
        heads = new int[size];
        // Number 0, which all heads hold, is too old.
        next = size + 1;
    }

    boolean enabled() {
        return size > 0;
    }

    /** Sum of the data between position and limit; both stay. */
    int sum(ByteBuffer data) {
        int position = data.position();
        crc.reset();
        crc.update(data);
        data.position(position);
        return (int) crc.getValue();
    }

    /** Mixes all that must be the same in a copy, besides what {@link #check} is told itself. */
    static long content(int opcode, int features, long lba, int count, int sum) {
        return mix(mix(lba << 16 | count) + ((long) sum << 32 | opcode << 16 | features));
    }

    /**
     * Looks a change up, and enters it as under way if it is new; then {@link #ticket} is its own.
     *
     * @return {@link #NEW}, {@link #ANSWERED} or {@link #UNDER_WAY}
     */
    int check(Peer peer, long now, int export, int tag, long content) {
        long key = key(peer.mac(), export, tag);
        int head = (int) key & (size - 1);
        int before = NOWHERE;
        int newer = next;
        int number = heads[head];
        while (isLive(number, newer)) {
            int at = at(number);
            if (ring[at + KEY] == key) {
                int state = seen(peer, now, at, content);
                if (state != NEW) {
                    return state;
                }
                // Entered anew below.
                int older = (int) ring[at + LINK];
                if (before == NOWHERE) {
                    heads[head] = older;
                } else {
                    ring[before + LINK] = (ring[before + LINK] & ~0xFFFF_FFFFL) | Integer.toUnsignedLong(older);
                }
                break;
            }
            before = at;
            newer = number;
            number = (int) ring[at + LINK];
        }
        int at = at(next);
        ring[at + KEY] = key;
        ring[at + CONTENT] = content;
        ring[at + TIME] = now;
        ring[at + LINK] = (long) UNDER_WAY << 32 | Integer.toUnsignedLong(heads[head]);
        heads[head] = next++;
        return NEW;
    }

    /** What an entry with the tag in question says of a request with this content. */
    private int seen(Peer peer, long now, int at, long content) {
        int state = state(at);
        long age = now - ring[at + TIME];
        if (state == NEW || age > window) {
            return NEW;
        }
        if (ring[at + CONTENT] != content) {
            peer.tagsClashed(now, age, window);
            return NEW;
        }
        return peer.tagsTell(now, age, window) ? state : NEW;
    }

    /** Of the change that was entered last. */
    int ticket() {
        return next - 1;
    }

    /** A change has ended: remembered if it was done, forgotten if it failed and may be tried again. */
    void ended(int ticket, boolean done, long now) {
        int at = at(ticket);
        if (isLive(ticket, next) && state(at) == UNDER_WAY) {
            ring[at + LINK] = (long) (done ? ANSWERED : NEW) << 32 | (ring[at + LINK] & 0xFFFF_FFFFL);
            ring[at + TIME] = now;
        }
    }

    /** A tag was used for something that is not entered. */
    void otherUse(Peer peer, int export, int tag, long now) {
        long key = key(peer.mac(), export, tag);
        int newer = next;
        int number = heads[(int) key & (size - 1)];
        while (isLive(number, newer)) {
            int at = at(number);
            if (ring[at + KEY] == key) {
                long age = now - ring[at + TIME];
                if (state(at) != NEW && age <= window) {
                    peer.tagsClashed(now, age, window);
                }
                return;
            }
            newer = number;
            number = (int) ring[at + LINK];
        }
    }

    /** Whether the ring holds the entry of this number, and it is older than another: numbers wrap, chains never turn. */
    private boolean isLive(int number, int newer) {
        return newer - number > 0 && next - number > 0 && next - number <= size;
    }

    private int at(int number) {
        return (number & (size - 1)) * WORDS;
    }

    private int state(int at) {
        return (int) (ring[at + LINK] >>> 32);
    }

    private long key(long source, int export, int tag) {
        return mix(mix(source ^ seed) + ((long) tag << 32 | Integer.toUnsignedLong(export)));
    }

    /** A bijection in which every bit of the result depends on every bit of the argument (finalizer of MurmurHash3). */
    private static long mix(long value) {
        long z = value;
        z = (z ^ z >>> 33) * 0xFF51_AFD7_ED55_8CCDL;
        z = (z ^ z >>> 33) * 0xC4CE_B9FE_1A85_EC53L;
        return z ^ z >>> 33;
    }
}
