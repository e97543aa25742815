package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import org.jspecify.annotations.Nullable;

/** IDENTIFY DEVICE, as discovery sends it: by any path, or to prove one. */
final class IdentifyQuery extends Control {
    /** Device register that Linux sends with it (spec §10). */
    private static final long DEVICE = 0xA0L << 24;

    private final Discovery discovery;

    IdentifyQuery(Discovery discovery, RemoteTarget target, @Nullable Path only, long now, long patience) {
        super(target, only, now, patience);
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
            ended(path, null);
            return true;
        }
        if (frame.length() < AtaFields.DATA_AT + AtaCommand.SECTOR) {
            return false;
        }
        ended(path, IdentifyData.parse(frame.bytes(), AtaFields.DATA_AT));
        return true;
    }

    private void ended(Path path, @Nullable IdentifyData data) {
        clear();
        discovery.identified(path, data);
    }

    private void clear() {
        if (only == null) {
            target.identifying = false;
        } else {
            only.proving = false;
        }
    }

    @Override
    void gaveUp(long now) {
        clear();
        discovery.notIdentified(target, only);
    }

    @Override
    void closed() {
        clear();
    }
}
