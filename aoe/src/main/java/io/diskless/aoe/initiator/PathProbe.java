package io.diskless.aoe.initiator;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.EthernetHeader;

/** Asks a path for a sign of life with a config read, which costs the target nothing. */
final class PathProbe extends Control {
    private final PathKeeper keeper;

    PathProbe(PathKeeper keeper, Path path, long now, long patience) {
        super(path.target, path, now, patience);
        this.keeper = keeper;
    }

    @Override
    int command() {
        return AoeHeader.CMD_CONFIG;
    }

    @Override
    int write(Frame frame, Path path) {
        ConfigFields.write(frame.bytes(), AoeHeader.AT, 0, 0, 0, 0, ConfigFields.READ, 0);
        return EthernetHeader.LENGTH + ConfigFields.LENGTH;
    }

    @Override
    boolean answered(Frame frame, Path path, long now) {
        return true;
    }

    @Override
    void gaveUp(long now) {
        if (only != null) {
            keeper.probeLost(only);
        }
    }

    @Override
    void closed() {}
}
