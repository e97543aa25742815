package io.diskless.aoe.link;

import java.util.List;

/**
 * What a link promises about its memory and how it works. Immutable.
 *
 * @param kind how frames travel
 * @param receiveAlignment the address of {@link Frame#data()} of every received frame is a multiple of this power of two;
 *     1 means no promise, 512 or more serves direct I/O straight from the slot
 * @param sendAlignment the same for every claimed frame
 * @param notes what was asked for and could not be had, in plain words; empty if all is well
 */
public record LinkCapabilities(Kind kind, int receiveAlignment, int sendAlignment, List<String> notes) {
    /** How frames travel. */
    public enum Kind {
        /** Memory-mapped packet rings: {@link PacketRing}. */
        RING,
        /** A plain raw socket: {@link PacketSocket}. */
        SOCKET,
        /** An in-memory segment: {@link EthernetSegment}. */
        SEGMENT
    }

    /** Copies the notes. */
    public LinkCapabilities {
        notes = List.copyOf(notes);
    }
}
