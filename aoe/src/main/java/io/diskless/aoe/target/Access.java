package io.diskless.aoe.target;

/** What a peer may do with the data of an export. */
public enum Access {
    /** The export does not exist for the peer: it gets no answer at all, discovery included. */
    NONE(0),
    /** Reads; a write is aborted as ATA says, with status 41 and error 04. */
    READ_ONLY(1),
    /** Reads and writes, as far as the export itself can be written. */
    READ_WRITE(2);

    private static final Access[] BY_BITS = {NONE, READ_ONLY, READ_WRITE, NONE};

    private final int bits;

    Access(int bits) {
        this.bits = bits;
    }

    /** The two low bits of a grant. */
    int bits() {
        return bits;
    }

    static Access ofBits(int grant) {
        return BY_BITS[grant & 3];
    }
}
