package io.diskless.drbd.meta;

import io.diskless.cluster.block.MemoryDevice;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The captured images, as devices. */
@SuppressWarnings("ImmutableEnumChecker") // A record of an enum and a number.
enum Images {
    INTERNAL_FRESH("v08-internal-8MiB-fresh", "tail40960", 8 << 20, MetaPlacement.INTERNAL),
    FLEXIBLE_FRESH("v08-flexext-4MiB-fresh", "head73728", 4 << 20, MetaPlacement.FLEXIBLE),
    INDEXED_FRESH("v08-indexed1-fresh", "slot-head73728", 256 << 20, MetaPlacement.indexed(1)),
    LIVE("v08-kernel61-live-primary-2MiB", "tail40960", 2 << 20, MetaPlacement.INTERNAL),
    LIVE_APPLIED("v08-kernel61-live-then-apply-al-2MiB", "tail40960", 2 << 20, MetaPlacement.INTERNAL),
    DOWN("v08-kernel61-after-down-2MiB", "tail40960", 2 << 20, MetaPlacement.INTERNAL),
    DOWN_APPLIED("v08-kernel61-after-down-then-apply-al-2MiB", "tail40960", 2 << 20, MetaPlacement.INTERNAL),
    RESTORED("v08-restored-custom-2MiB", "tail40960", 2 << 20, MetaPlacement.INTERNAL),
    INDEPENDENT("v08-independently-written-2MiB", "tail40960", 2 << 20, MetaPlacement.INTERNAL);

    final String name;
    private final String part;
    final long deviceSize;
    final MetaPlacement placement;

    Images(String name, String part, long deviceSize, MetaPlacement placement) {
        this.name = name;
        this.part = part;
        this.deviceSize = deviceSize;
        this.placement = placement;
    }

    /** The captured bytes. */
    byte[] bytes() throws IOException {
        return bytes(name, part);
    }

    static byte[] bytes(String name, String part) throws IOException {
        try (InputStream in = new GZIPInputStream(open(name + "." + part + ".gz"))) {
            return in.readAllBytes();
        }
    }

    private static InputStream open(String file) {
        return Objects.requireNonNull(Images.class.getResourceAsStream(file), file);
    }

    /** What drbdmeta printed; images that it refused have none. */
    String dump() throws IOException {
        try (InputStream in = open(name + ".dump.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    boolean hasDump() {
        return Images.class.getResource(name + ".dump.txt") != null;
    }

    /** Where the captured part begins on the device. */
    long at() throws IOException {
        return switch (placement.kind()) {
            case INTERNAL -> deviceSize - bytes().length;
            case FLEXIBLE -> 0;
            case INDEXED -> 128L << 20;
        };
    }

    /** A device that holds the captured part. */
    MemoryDevice device() throws IOException {
        MemoryDevice device = MemoryDevice.create(deviceSize);
        device.write(at(), ByteBuffer.wrap(bytes()));
        return device;
    }

    long sectors() {
        return deviceSize / 512;
    }

    /** The data device's size that goes with it: the same device, or one of 4 MiB. */
    long dataSectors() {
        return placement.kind() == MetaPlacement.Kind.INTERNAL ? sectors() : 8192;
    }

    byte[] superblock() throws IOException {
        byte[] all = bytes();
        byte[] block = new byte[Superblock.SIZE];
        int from = placement.kind() == MetaPlacement.Kind.INTERNAL ? all.length - Superblock.SIZE : 0;
        System.arraycopy(all, from, block, 0, block.length);
        return block;
    }
}
