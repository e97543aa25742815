package io.diskless.drbd.meta;

import static io.diskless.drbd.DrbdException.Kind.CORRUPT;

import io.diskless.drbd.DrbdException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Finds the hot extents in the blocks of an activity log (drbd-semantics §9.4): valid transactions are applied from the
 * oldest to the newest, first the context, then the updates.
 *
 * <p>The slots that a run of transactions tells repeat after at most 72 of them (65534 slots, 919 in each), so no more
 * than the newest {@value #KEEP} are kept, however large the log is.
 *
 * <p>Not thread-safe.
 */
final class AlReplay {
    private static final int KEEP = 128;

    /** Signed difference: numbers wrap. */
    private static final Comparator<ByteBuffer> BY_NUMBER =
            (a, b) -> Integer.compare(a.getInt(AlBlock.TRANSACTION_AT) - b.getInt(AlBlock.TRANSACTION_AT), 0);

    private final List<ByteBuffer> transactions = new ArrayList<>();
    private int blocks;
    private int initialized;
    private int bad;
    private boolean firstIsBad;

    /** Looks at the next block of the log. */
    void add(ByteBuffer block) {
        int index = blocks++;
        if (!AlBlock.isValid(block)) {
            bad++;
            firstIsBad |= index == 0;
            return;
        }
        ByteBuffer view = AlBlock.view(block);
        if (Short.toUnsignedInt(view.getShort(AlBlock.TYPE_AT)) == AlBlock.TYPE_INITIALIZED) {
            initialized++;
            return;
        }
        ByteBuffer copy = ByteBuffer.allocate(AlBlock.SIZE);
        copy.put(0, block, 0, AlBlock.SIZE);
        transactions.add(copy);
        if (transactions.size() == 2 * KEEP) {
            transactions.sort(BY_NUMBER);
            transactions.subList(0, KEEP).clear();
        }
    }

    /**
     * The hot extents, ascending.
     *
     * @throws DrbdException {@code CORRUPT} if more is broken than a power cut breaks
     */
    SortedSet<Integer> hotExtents() throws DrbdException {
        boolean tolerable = transactions.isEmpty() ? bad == 0 || (bad == 1 && firstIsBad) : bad <= 1;
        if (!tolerable) {
            throw new DrbdException(
                    CORRUPT,
                    "the activity log cannot be trusted: " + bad + " of " + blocks + " blocks are broken, "
                            + transactions.size() + " hold transactions and " + initialized
                            + " are initialised; recreate the meta-data, or invalidate this disk");
        }
        transactions.sort(BY_NUMBER);
        int[] table = AlBlock.emptyTable();
        for (ByteBuffer transaction : transactions) {
            AlBlock.apply(transaction, table);
        }
        SortedSet<Integer> hot = new TreeSet<>(Integer::compareUnsigned);
        for (int extent : table) {
            if (extent != AlBlock.FREE) {
                hot.add(extent);
            }
        }
        return hot;
    }
}
