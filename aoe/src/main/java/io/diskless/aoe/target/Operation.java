package io.diskless.aoe.target;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The kinds of request that access control tells apart. An ATA command that is not allowed is aborted (status 41, error
 * 04); an AoE command that is not allowed gets no answer.
 */
public enum Operation {
    /** READ SECTORS and READ VERIFY in all their forms. */
    READ(0),
    /** WRITE SECTORS in all its forms. */
    WRITE(1),
    /** FLUSH CACHE and FLUSH CACHE EXT. */
    FLUSH(2),
    /** DATA SET MANAGEMENT with TRIM. */
    DISCARD(3),
    /** IDENTIFY DEVICE, CHECK POWER MODE and SMART. */
    IDENTIFY(4),
    /** SET FEATURES: the write cache on or off. */
    SET_FEATURES(5),
    /** Query Config: read, test and prefix test. */
    CONFIG_READ(6),
    /** Query Config: set and force set. */
    CONFIG_WRITE(7),
    /** MAC Mask List: read. */
    MASK_READ(8),
    /** MAC Mask List: edit. */
    MASK_WRITE(9),
    /** Reserve/Release: read. */
    RESERVE_READ(10),
    /** Reserve/Release: set and force set. */
    RESERVE_WRITE(11);

    /** All that a stranger may do unless told otherwise: everything but changing config string, mask or reservations. */
    public static final Set<Operation> FOR_STRANGERS =
            Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(CONFIG_WRITE, MASK_WRITE, RESERVE_WRITE)));

    /** Every operation. */
    public static final Set<Operation> ALL = Collections.unmodifiableSet(EnumSet.allOf(Operation.class));

    private final int bit;

    Operation(int index) {
        // Bits 0 and 1 of a grant hold the access.
        bit = 4 << index;
    }

    int bit() {
        return bit;
    }
}
