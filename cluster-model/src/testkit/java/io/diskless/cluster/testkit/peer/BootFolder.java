package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Files that machines boot: a distribution's kernel and its boot loaders, in a folder. Confined to one thread. */
public final class BootFolder {
    /** What the initial file system says on the console, before the kernel's command line. */
    public static final String MARKER = "The kernel was told: ";

    private static final String INIT = """
            #!/bin/busybox sh
            /bin/busybox mount -t proc proc /proc
            echo "%s$(/bin/busybox cat /proc/cmdline)."
            exec /bin/busybox sleep 100000
            """.formatted(MARKER);

    /** What the system on the network's disk says on the console, before what it read there. */
    public static final String ROOT_MARKER = "The root says: ";

    /** Waits for the disk that {@code root=} names, and hands over to what is on it. */
    private static final String INIT_OF_A_DISK = """
            #!/bin/busybox sh
            export PATH=/bin
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs devtmpfs /dev
            for module in virtio_pci virtio_net crc32c_generic ext4; do modprobe $module; done
            for net in /sys/class/net/eth*; do ip link set ${net##*/} up; done
            modprobe aoe
            for word in $(cat /proc/cmdline); do
              case $word in root=*) root=${word#*=} ;; esac
            done
            until mount -t ext4 $root /mnt 2>/dev/null; do
              echo >/dev/etherd/discover
              sleep 0.2
            done
            exec switch_root /mnt /sbin/init
            """;

    /** Says what is in a file of the disk, on which device it stands, and what it wrote there. */
    private static final String INIT_ON_A_DISK = """
            #!/bin/busybox sh
            export PATH=/bin
            mount -t proc proc /proc
            echo "written by the system" >/written
            sync
            while read -r device folder rest; do
              [ "$folder" = / ] && [ $device != rootfs ] && echo "%s$(cat /name) on $device."
            done </proc/mounts
            exec sleep 100000
            """.formatted(ROOT_MARKER);

    private final Path folder;

    /** A folder, which is made. */
    public BootFolder(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it is. */
    public Path path() {
        return folder;
    }

    /** A file of the fetched packages, by its path there. */
    public BootFolder with(String name, String packaged) {
        try {
            Files.copy(Peers.file(packaged).toRealPath(), folder.resolve(name));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy " + packaged + " (remedy: .ci/peers aoe netboot)", e);
        }
    }

    /** {@code vmlinuz}, and {@code initrd.img}, which says {@link #MARKER} and stays. */
    public BootFolder withKernel() {
        String version = Peers.kernelVersion()
                .orElseThrow(() -> new IllegalStateException("no guest kernel; remedy: .ci/peers"));
        try (Cpio cpio = new Cpio(folder.resolve("initrd.img"))) {
            cpio.file("init", INIT);
            cpio.directory("proc");
            cpio.file("bin/busybox", Peers.file("bin/busybox").toRealPath());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make an initial file system", e);
        }
        return with("vmlinuz", "boot/vmlinuz-" + version);
    }

    /** {@code vmlinuz}, and {@code initrd.img}, which has its root on the AoE disk that {@code root=} names. */
    public BootFolder withKernelForADisk() {
        return withKernel(
                INIT_OF_A_DISK,
                List.of("cat", "ip", "modprobe", "mount", "sleep", "switch_root"),
                List.of("virtio_pci", "virtio_net", "crc32c_generic", "ext4", "aoe"));
    }

    /**
     * {@code vmlinuz}, and {@code initrd.img} with busybox.
     *
     * @param init its first program
     * @param applets of busybox, in {@code /bin}
     * @param modules of the kernel, with what they need
     */
    public BootFolder withKernel(String init, List<String> applets, List<String> modules) {
        String version = Peers.kernelVersion()
                .orElseThrow(() -> new IllegalStateException("no guest kernel; remedy: .ci/peers"));
        try (Cpio cpio = new Cpio(folder.resolve("initrd.img"))) {
            cpio.file("init", init);
            for (String made : List.of("proc", "sys", "dev", "mnt")) {
                cpio.directory(made);
            }
            cpio.file("bin/busybox", Peers.file("bin/busybox").toRealPath());
            for (String applet : applets) {
                cpio.symlink("bin/" + applet, "busybox");
            }
            new KernelModules(Peers.file("lib/modules/" + version), version).addTo(cpio, modules);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make an initial file system", e);
        }
        return with("vmlinuz", "boot/vmlinuz-" + version);
    }

    /** An ext4 file system of some MiB, whose system says {@link #ROOT_MARKER}, this text and its device, and stays. */
    public BootFolder withRoot(String name, int mebibytes, String says) {
        return withRoot(
                name,
                mebibytes,
                List.of("cat", "mount", "sleep", "sync"),
                Map.of("name", (says + "\n").getBytes(StandardCharsets.UTF_8)),
                Map.of("sbin/init", INIT_ON_A_DISK));
    }

    /**
     * An ext4 file system with busybox.
     *
     * @param name the file that it is in
     * @param mebibytes its size
     * @param applets of busybox, in {@code /bin}
     * @param files by their paths
     * @param programs by their paths: what can be started
     */
    public BootFolder withRoot(
            String name, int mebibytes, List<String> applets, Map<String, byte[]> files, Map<String, String> programs) {
        try {
            Path root = Files.createDirectory(folder.resolve(name + ".tree"));
            for (String made : List.of("bin", "sbin", "proc", "sys", "dev")) {
                Files.createDirectory(root.resolve(made));
            }
            Files.copy(Peers.file("bin/busybox").toRealPath(), root.resolve("bin/busybox"));
            for (String applet : applets) {
                Files.createSymbolicLink(root.resolve("bin/" + applet), Path.of("busybox"));
            }
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path made = root.resolve(file.getKey());
                Files.createDirectories(made.getParent());
                Files.write(made, file.getValue());
            }
            for (Map.Entry<String, String> program : programs.entrySet()) {
                Path made = root.resolve(program.getKey());
                Files.createDirectories(made.getParent());
                Files.writeString(made, program.getValue());
                Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            Processes.run(
                            Peers.program("mke2fs").toString(),
                            "-q",
                            "-F",
                            "-t",
                            "ext4",
                            "-d",
                            root.toString(),
                            folder.resolve(name).toString(),
                            mebibytes + "M")
                    .orThrow();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a root file system", e);
        }
    }

    /**
     * GRUB as one program, which looks for its configuration in the folder {@code /grub} of where it came from.
     *
     * @param format {@code x86_64-efi} or {@code i386-pc}
     * @param first commands that it runs before, or none
     */
    public BootFolder withGrub(String name, String format, String first, String... modules) {
        List<String> words =
                new ArrayList<>(List.of(Peers.program("grub-mkimage").toString(), "-O", format, "-d"));
        words.add(Peers.file("usr/lib/grub/" + format).toString());
        words.addAll(List.of("-p", "/grub", "-o", folder.resolve(name).toString()));
        try {
            Path commands = Files.createTempFile("diskless-grub", ".cfg");
            try {
                if (!first.isEmpty()) {
                    Files.writeString(commands, first);
                    words.addAll(List.of("-c", commands.toString()));
                }
                words.addAll(Arrays.asList(modules));
                Processes.run(words).orThrow();
            } finally {
                Files.delete(commands);
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a boot loader", e);
        }
    }
}
