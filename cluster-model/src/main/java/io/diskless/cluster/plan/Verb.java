package io.diskless.cluster.plan;

import java.util.Locale;

/**
 * What an executor does in a step; the operands of the step say to what, in the order named here. The words are for ever.
 * Immutable.
 */
public enum Verb {
    /** The model alone changes: node, or whatever is told. */
    RECORD,
    /** Give a machine its host entry and profile, or take it away: node. */
    WRITE_HOST_ENTRY,
    /** Write the OCFS2 file of one member: cluster, node. */
    WRITE_CLUSTER_FILE,
    /** Switch a machine on and let it boot: node. */
    BOOT,
    /** Wait until a machine answers its health check: node. */
    AWAIT_HEALTH,
    /** Switch a machine off: node. */
    POWER_OFF,
    /** Cut a machine off and prove it: node, then devices. */
    FENCE,
    /** Make a disk or logical volume: layer, node. */
    CREATE_DISK,
    /** Take a disk out and put another in: layer, node. */
    SWAP_DISK,
    /** Make a disk larger: layer, node. */
    GROW_DISK,
    /** Give a disk or logical volume back: layer, node. */
    REMOVE_DISK,
    /** Write meta-data and bring a volume up on machines: volume, then nodes. */
    BRING_UP,
    /** Take a volume down on machines: volume, then nodes. */
    TAKE_DOWN,
    /** Take a copy off its disk: volume, node. */
    DETACH,
    /** Put a copy on its disk, to be filled: volume, node. */
    ATTACH,
    /** Wait until a copy is good: volume, node. */
    AWAIT_SYNC,
    /** Tell a volume that its disks grew: volume. */
    RESIZE,
    /** Tell a volume or an array how it is kept and guarded from now on: layer. */
    ADJUST,
    /** Let a machine write: volume, node. */
    PROMOTE,
    /** Let a machine write no more: volume, node. */
    DEMOTE,
    /** Allow two writers under a lease: volume. */
    LEASE_TWO_WRITERS,
    /** End that lease: volume. */
    END_LEASE,
    /** Fail a member of an array and take it out: array, layer. */
    REMOVE_MEMBER,
    /** Add a member to an array and wait until it is filled: array, layer. */
    ADD_MEMBER,
    /** Serve a layer: export, node. */
    EXPORT,
    /** Serve it no more: export, node. */
    WITHDRAW,
    /** Let initiators ask an export for its size again: export. */
    REIDENTIFY,
    /** Make a device of several paths or of other ones, or an array on one machine more: device, or array and node. */
    ASSEMBLE,
    /** Take a device of several paths apart, or an array on one machine: device, or array and node. */
    DISASSEMBLE,
    /** See that initiators use other paths than those over a node: node, then devices of several paths. */
    AWAIT_QUIET,
    /** Make a file system: file system. */
    MAKE_FILE_SYSTEM,
    /** Grow a file system, or give it more slots: file system. */
    GROW_FILE_SYSTEM,
    /** Copy all bytes: from layer, to layer. */
    COPY_DATA,
    /** Write down what a guest is, wherever it may be started: guest. */
    DEFINE,
    /** Forget what a guest is: guest. */
    UNDEFINE,
    /** Start a guest: guest, node. */
    START,
    /** Stop a guest: guest, node. */
    STOP,
    /** Let a guest's memory flow to another node: guest, from node, to node. */
    MIGRATE,
    /** Let it run there and end it here: guest, from node, to node. */
    SWITCH_OVER,
    /** Mount a volume: volume, node. */
    MOUNT,
    /** Unmount it: volume, node. */
    UNMOUNT,
    /** Take the service address of a pair: pair, node. */
    TAKE_ADDRESS,
    /** Give it up: pair, node. */
    DROP_ADDRESS,
    /** Answer boot requests: node. */
    SERVE_BOOT,
    /** Answer them no more: node. */
    END_BOOT;

    /**
     * Whether such a step is owed once it comes directly after one that cannot be taken back: it ends what was lent, and is
     * done even when something else has failed.
     *
     * @return whether it is
     */
    public boolean isOwed() {
        return this == DEMOTE || this == END_LEASE;
    }

    /** {@return the words, such as {@code await sync}} */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
