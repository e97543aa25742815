package io.diskless.drbd.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A disk of an emulated machine seen from outside: the file that the emulator serves it from. DRBD reads and writes its
 * disks past the guest's page cache, so what is read here is what the kernel wrote, and what is written here is what it
 * will read: the way to see, or to spoil, a block underneath a running DRBD. Thread-safe.
 *
 * @param file the image
 * @param device the disk's name in the guest, {@code /dev/vda} and so on
 */
public record BackingDisk(Path file, String device) {

    /** What one bit of DRBD's bitmap stands for, in bytes. */
    public static final int BLOCK = 4096;

    /** Makes the image a hole of that size. */
    static BackingDisk create(Path file, String device, long size) {
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(0);
            made.setLength(size);
            return new BackingDisk(file, device);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + file, e);
        }
    }

    /** Bytes of the disk. */
    public long size() {
        return file.toFile().length();
    }

    /** Reads that many bytes from that byte on. */
    public byte[] read(long offset, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, offset + bytes.position()) < 0) {
                    throw new IllegalArgumentException(
                            offset + "+" + length + " reaches beyond " + file + " of " + size() + " bytes");
                }
            }
            return bytes.array();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** Overwrites bytes from that byte on, underneath whoever uses the disk. */
    public void write(long offset, byte[] content) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes, offset + bytes.position());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    /** Overwrites the whole of a hole or old content with zeroes. */
    public void clear() {
        long size = size();
        create(file, device, size);
    }
}
