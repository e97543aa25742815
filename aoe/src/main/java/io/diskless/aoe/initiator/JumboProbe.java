package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;

/** Finds out whether frames of a size really pass on a path: a READ of that size at the start of the disk. */
final class JumboProbe extends Control {
    private final Path path;
    private final int sectors;
    private final boolean extended;

    JumboProbe(Path path, int sectors, boolean extended, long now, long patience) {
        super(path.target, path, now, patience);
        this.path = path;
        this.sectors = sectors;
        this.extended = extended;
        wait = patience;
    }

    @Override
    int command() {
        return AoeHeader.CMD_ATA;
    }

    @Override
    int write(Frame frame, Path unused) {
        AtaFields.write(
                frame.bytes(),
                AoeHeader.AT,
                extended ? AtaFields.FLAG_EXTENDED : 0,
                0,
                sectors,
                extended ? AtaCommand.READ_EXT : AtaCommand.READ,
                extended ? 0 : (long) IoFrames.DEVICE_LBA << 24);
        return AtaFields.DATA_AT;
    }

    @Override
    boolean answered(Frame frame, Path unused, long now) {
        boolean refused = AoeHeader.isError(frame.bytes(), AoeHeader.AT)
                || !AtaStatus.isSuccess(AtaFields.status(frame.bytes(), AoeHeader.AT));
        if (!refused && frame.length() < AtaFields.DATA_AT + sectors * AtaCommand.SECTOR) {
            return false;
        }
        if (refused) {
            path.ladder.probeLost(sectors, now);
        } else {
            path.ladder.probePassed(sectors, now);
        }
        return true;
    }

    @Override
    boolean isSmall() {
        return false;
    }

    @Override
    void gaveUp(long now) {
        path.ladder.probeLost(sectors, now);
    }

    @Override
    void closed() {}
}
