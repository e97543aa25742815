package io.diskless.benchmarks.boot;

import io.diskless.cluster.testkit.peer.BootFolder;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The image of a disk that a BIOS and UEFI boot alike, with a distribution's kernel, and a system that has its root there.
 *
 * <pre>
 *   sector 0     GRUB's boot sector and a partition table
 *   sector 1     GRUB for a BIOS
 *   1 MiB        a FAT file system: EFI/BOOT/BOOTX64.EFI (GRUB for UEFI), grub/grub.cfg, vmlinuz, initrd.img
 *   32 MiB       an ext4 file system, the system's root
 * </pre>
 */
final class BootDisk {
    private static final int SECTOR = 512;
    private static final int MIB = 1 << 20;
    private static final int FIRST = MIB;
    private static final int SECOND = 32 * MIB;
    /** Of the whole disk. */
    static final int SIZE = 48 * MIB;
    /** FAT16 by LBA. */
    private static final int TYPE_FAT = 0x0E;

    private static final int TYPE_LINUX = 0x83;
    /** Cylinder, head and sector of what only the number of a sector says. */
    private static final byte[] BY_NUMBER = {(byte) 0xFE, (byte) 0xFF, (byte) 0xFF};

    private BootDisk() {}

    /** A disk that will be {@code root}, such as {@code e0.1}, and whose system calls itself by a name. */
    static Path make(Path folder, String root, String name) throws IOException {
        String[] modules = {"part_msdos", "fat", "linux", "normal", "configfile", "boot", "echo"};
        BootFolder files = new BootFolder(folder.resolve("files"))
                .withKernelForADisk()
                .withRoot("root.img", (SIZE - SECOND) / MIB, name)
                .with("boot.img", "usr/lib/grub/i386-pc/boot.img")
                .withGrub("bios", "i386-pc", start(), with("biosdisk", modules))
                .withGrub("BOOTX64.EFI", "x86_64-efi", start(), modules);
        Files.writeString(
                files.path().resolve("grub.cfg"),
                "linux /vmlinuz console=ttyS0 quiet no_timer_check net.ifnames=0 panic=-1 root=/dev/etherd/" + root
                        + "p2\ninitrd /initrd.img\nboot\n");
        Path image = folder.resolve("disk");
        try (FileChannel disk = FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            disk.write(content(files, "boot.img"), 0);
            disk.write(partitionTable(), 446);
            ByteBuffer bios = content(files, "bios");
            if (bios.remaining() > FIRST - SECTOR) {
                throw new IllegalStateException("the loader does not fit before the first partition");
            }
            disk.write(bios, SECTOR);
            disk.write(content(files, "root.img"), SECOND);
            disk.write(ByteBuffer.allocate(1), SIZE - 1);
        }
        String fat = image + "@@" + FIRST;
        mtools("mformat", fat, "-T", String.valueOf((SECOND - FIRST) / SECTOR), "-h", "16", "-s", "63", "::");
        mtools("mmd", fat, "::/EFI", "::/EFI/BOOT", "::/grub");
        copy(fat, files, "BOOTX64.EFI", "::/EFI/BOOT/");
        copy(fat, files, "grub.cfg", "::/grub/");
        copy(fat, files, "vmlinuz", "::/");
        copy(fat, files, "initrd.img", "::/");
        return image;
    }

    /** Whether some bytes of the image are this text. */
    static boolean holds(Path image, String text) throws IOException {
        return new String(Files.readAllBytes(image), StandardCharsets.ISO_8859_1).contains(text);
    }

    /** Both firmwares show the disk as the first one. */
    private static String start() {
        return "set root=(hd0,msdos1)\nset prefix=(hd0,msdos1)/grub\nconfigfile (hd0,msdos1)/grub/grub.cfg\n";
    }

    private static String[] with(String first, String... others) {
        List<String> all = new ArrayList<>(List.of(others));
        all.add(0, first);
        return all.toArray(String[]::new);
    }

    private static ByteBuffer content(BootFolder files, String name) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(files.path().resolve(name)));
    }

    /** Two partitions, their places by number of sector only; and the mark of a boot sector. */
    private static ByteBuffer partitionTable() {
        ByteBuffer b = ByteBuffer.allocate(66).order(ByteOrder.LITTLE_ENDIAN);
        b.put((byte) 0x80).put(BY_NUMBER).put((byte) TYPE_FAT).put(BY_NUMBER);
        b.putInt(FIRST / SECTOR).putInt((SECOND - FIRST) / SECTOR);
        b.put((byte) 0).put(BY_NUMBER).put((byte) TYPE_LINUX).put(BY_NUMBER);
        b.putInt(SECOND / SECTOR).putInt((SIZE - SECOND) / SECTOR);
        return b.put(64, (byte) 0x55).put(65, (byte) 0xAA).rewind();
    }

    private static void copy(String fat, BootFolder files, String name, String to) {
        mtools("mcopy", fat, files.path().resolve(name).toString(), to);
    }

    private static void mtools(String program, String fat, String... words) {
        List<String> command = new ArrayList<>(List.of(Peers.program(program).toString(), "-i", fat));
        command.addAll(List.of(words));
        Processes.run(command).orThrow();
    }
}
