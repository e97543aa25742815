package io.diskless.aoe.initiator;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaCommand;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.AtaStatus;

/** IDENTIFY DEVICE, as discovery sends it. */
final class IdentifyQuery extends Control {
    /** Device register that Linux sends with it (spec §10). */
    private static final long DEVICE = 0xA0L << 24;

    private final Discovery discovery;

    IdentifyQuery(Discovery discovery, RemoteTarget target, long now, long patience) {
        super(target, null, now, patience);
        this.discovery = discovery;
    }

    @Override
    int command() {
        return AoeHeader.CMD_ATA;
    }

    @Override
    int write(Frame frame, Path path) {
        AtaFields.write(frame.bytes(), AoeHeader.AT, 0, 0, 1, AtaCommand.IDENTIFY, DEVICE);
        return AtaFields.DATA_AT;
    }

    @Override
    boolean answered(Frame frame, Path path, long now) {
        if (AoeHeader.isError(frame.bytes(), AoeHeader.AT)
                || !AtaStatus.isSuccess(AtaFields.status(frame.bytes(), AoeHeader.AT))) {
            discovery.identified(target, null);
            return true;
        }
        if (frame.length() < AtaFields.DATA_AT + AtaCommand.SECTOR) {
            return false;
        }
        discovery.identified(target, IdentifyData.parse(frame.bytes(), AtaFields.DATA_AT));
        return true;
    }

    @Override
    void gaveUp(long now) {
        discovery.identified(target, null);
    }

    @Override
    void closed() {
        target.identifying = false;
    }
}
