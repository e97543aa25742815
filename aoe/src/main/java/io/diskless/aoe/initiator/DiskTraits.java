package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.internal.GeometryState;
import io.diskless.cluster.net.AoeAddress;

/**
 * What an open disk is: what IDENTIFY says, and what became of its flush commands. Confined to the event loop, but for
 * {@link #geometry()} and {@link #durability()}.
 */
final class DiskTraits {
    private final AoeAddress address;
    private final DiskOptions options;
    private final GeometryState geometry;
    private IdentifyData identity;
    /** The flush command that the target takes; 0 if none. */
    private int flushOpcode;

    private volatile Durability durability = Durability.NONE;

    DiskTraits(AoeAddress address, DiskOptions options, IdentifyData identity) {
        this.address = address;
        this.options = options;
        this.identity = identity;
        geometry = new GeometryState(shape());
        flushBy(identity);
    }

    private BlockGeometry shape() {
        return new BlockGeometry(
                identity.sectors() * AtaCommand.SECTOR,
                AtaCommand.SECTOR,
                identity.physicalBlock(),
                1,
                1 << 20,
                identity.trim() ? AtaCommand.SECTOR : 0,
                options.readOnly());
    }

    private void flushBy(IdentifyData id) {
        // Some targets take E7 without saying so, and some say so and abort it: the first flush will tell.
        flushOpcode(id.flushExt() ? AtaCommand.FLUSH_EXT : AtaCommand.FLUSH);
    }

    private void flushOpcode(int opcode) {
        flushOpcode = opcode;
        durability = switch (opcode) {
            case AtaCommand.FLUSH_EXT -> Durability.FLUSH_EXT;
            case AtaCommand.FLUSH -> Durability.FLUSH;
            default -> options.assumeDurable() ? Durability.ASSUMED : Durability.NONE;
        };
    }

    GeometryState geometry() {
        return geometry;
    }

    Durability durability() {
        return durability;
    }

    IdentifyData identity() {
        return identity;
    }

    /** IDENTIFY was answered again; {@link #announce} tells the users of it. */
    void identified(IdentifyData now) {
        if (now.flushExt() != identity.flushExt()) {
            flushBy(now);
        }
        identity = now;
    }

    /** Tells the users of the disk's size and shape if they have changed. */
    void announce() {
        geometry.set(shape());
    }

    /** Most sectors per frame as far as this disk is concerned. */
    int sectorLimit() {
        int wanted = options.maxSectors() == 0 ? 255 : options.maxSectors();
        return (int) Math.min(wanted, Math.max(1, identity.sectors()));
    }

    boolean canFlush() {
        return flushOpcode != 0;
    }

    /** The flush command to send; 0 if the target takes none. */
    int flushOpcode() {
        return flushOpcode;
    }

    /** Whether what was written counts as durable though there is no flush to make it so. */
    boolean assumesDurable() {
        return options.assumeDurable();
    }

    /** The target aborts a flush command: the other one, if it was not refused before; whether that is news. */
    boolean flushRefused(int opcode) {
        if (opcode != flushOpcode) {
            return false;
        }
        flushOpcode(opcode == AtaCommand.FLUSH_EXT ? AtaCommand.FLUSH : 0);
        return true;
    }

    BlockException noFlush() {
        return new BlockException(
                Kind.NOT_SUPPORTED,
                BlockException.NO_OFFSET,
                address + " takes no flush command, so nothing can be made durable on demand;"
                        + " if it writes through, say so with DiskOptions.assumeDurable(true)");
    }
}
