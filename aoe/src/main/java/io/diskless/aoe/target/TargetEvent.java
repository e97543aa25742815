package io.diskless.aoe.target;

import io.diskless.aoe.link.LinkState;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;

/** What happened to a target, told to {@link TargetOptions#listener()}. All events are immutable. */
public sealed interface TargetEvent {
    /**
     * A port can be used, or cannot be used any more. It is kept, and used again when it is back.
     *
     * @param port name of the link
     * @param state the new state
     */
    record PortState(String port, LinkState state) implements TargetEvent {}

    /**
     * The longest frame of a port changed; its exports are announced again.
     *
     * @param port name of the link
     * @param mtu the new value
     */
    record PortMtu(String port, int mtu) implements TargetEvent {}

    /**
     * The thread of a port met an exception or error that it did not expect. It goes on.
     *
     * @param port name of the link
     * @param cause the error
     */
    record PortFailed(String port, Throwable cause) implements TargetEvent {}

    /**
     * A device threw out of an operation, which its contract forbids. The operation counts as failed, the device is used on.
     *
     * @param address the export
     * @param cause what it threw
     */
    record DeviceThrew(AoeAddress address, Throwable cause) implements TargetEvent {}

    /**
     * An export was added.
     *
     * @param address the export
     */
    record ExportAdded(AoeAddress address) implements TargetEvent {}

    /**
     * An export was removed.
     *
     * @param address the export
     */
    record ExportRemoved(AoeAddress address) implements TargetEvent {}

    /**
     * The device under an export changed its shape, or the export became read-only or writable.
     *
     * @param address the export
     * @param geometry the new shape, as peers see it
     */
    record ExportChanged(AoeAddress address, BlockGeometry geometry) implements TargetEvent {}

    /**
     * A peer asked what the disk is (ATA IDENTIFY, spec §4) and was told. Initiators begin with it when they attach a disk;
     * a boot program and the system that it loads do so one after the other, and both may ask again.
     *
     * @param address the export
     * @param source the peer
     */
    record Identified(AoeAddress address, MacAddress source) implements TargetEvent {}

    /**
     * A peer changed config string, mask or reservation.
     *
     * @param address the export
     * @param source the peer
     * @param settings the new settings
     */
    record SettingsChanged(AoeAddress address, MacAddress source, ExportSettings settings) implements TargetEvent {}

    /**
     * A change of settings could not be saved, and was refused.
     *
     * @param address the export
     * @param cause why
     */
    record SettingsNotSaved(AoeAddress address, Exception cause) implements TargetEvent {}

    /**
     * The target's own flush of a device failed; answered writes may not be durable. It is tried again.
     *
     * @param address the export
     * @param cause why
     */
    record FlushFailed(AoeAddress address, BlockException cause) implements TargetEvent {}
}
