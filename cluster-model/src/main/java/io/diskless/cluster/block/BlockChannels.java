package io.diskless.cluster.block;

import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.util.Objects;

/** Adapters between block devices and the channels of the JDK. Thread-safe. */
public final class BlockChannels {
    private BlockChannels() {}

    /**
     * Shows a device as a file channel, for code that knows nothing of block devices. It blocks, addresses single bytes
     * whatever the device's block, has the device's size and cannot grow. {@code map} and locks are not supported.
     * Positional transfers may run side by side; one that changes a block in part reads it first, and such writes are
     * done one at a time. Closing the channel leaves the device open.
     *
     * @param device where the bytes are
     * @return positioned at 0; thread-safe
     */
    public static FileChannel channel(BlockDevice device) {
        return new DeviceChannel(Objects.requireNonNull(device, "device"));
    }

    /**
     * Shows a channel as a device of 512-byte blocks: a file that is open already, a file of an in-memory file system, an
     * entry of an archive. The size is that of the channel now, less what is no whole block. Everything completes inline.
     *
     * <p>A {@link FileChannel} is used with positional transfers, side by side. Any other channel is used by one thread at
     * a time, and nobody else may move its position; it has nothing to make bytes durable with, so a flush succeeds and
     * promises no more than the channel does.
     *
     * <p>Beware of interrupts: the JDK closes a file channel when a thread in it is interrupted. Where a path is known,
     * {@link FileDevice} is the better choice, which survives that.
     *
     * @param channel closed with the device
     * @param readOnly whether the channel is open for reading only
     * @return the device; thread-safe
     * @throws BlockException MEDIUM if the size cannot be told
     */
    public static BlockDevice device(SeekableByteChannel channel, boolean readOnly) throws BlockException {
        return new ChannelDevice(Objects.requireNonNull(channel, "channel"), readOnly);
    }
}
