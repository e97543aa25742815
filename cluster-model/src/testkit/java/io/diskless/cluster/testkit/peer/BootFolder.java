package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
