package io.diskless.cluster.block.mirror;

import java.util.List;
import java.util.UUID;

/**
 * What a device says about the mirror that it belongs to. Immutable.
 *
 * @param array the identity of the mirror
 * @param leg which leg this is, or -1 for a metadata device beside the legs
 * @param events the number of the last change that this device saw
 * @param cleanlyClosed whether the mirror was closed after that
 * @param size bytes of data
 * @param regionSize bytes that an intent bit stands for
 * @param placement where the metadata is
 * @param legs what it says about every leg, itself included
 */
public record MirrorInspection(
        UUID array,
        int leg,
        long events,
        boolean cleanlyClosed,
        long size,
        long regionSize,
        MetadataPlacement placement,
        List<LegEntry> legs) {
    /** Copies the list. */
    public MirrorInspection {
        legs = List.copyOf(legs);
    }

    /**
     * One line of the table.
     *
     * @param leg the identity of the leg
     * @param state how far it was trusted
     * @param lastEvent the last change that it may have seen while it took part
     */
    public record LegEntry(UUID leg, LegState state, long lastEvent) {}

    static MirrorInspection of(Superblock block) {
        return new MirrorInspection(
                block.array(),
                block.legIndex(),
                block.events(),
                block.clean(),
                block.size(),
                block.layout().regionSize(),
                block.layout().end() ? MetadataPlacement.END : MetadataPlacement.START,
                block.entries().stream()
                        .map(e -> new LegEntry(e.leg(), e.state(), e.lastEvents()))
                        .toList());
    }
}
