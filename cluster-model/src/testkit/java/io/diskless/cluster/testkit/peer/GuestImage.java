package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an emulated machine boots: a distribution's kernel and a small file system made of the fetched packages. It is
 * made once and kept beside them; the name of the kept one is a digest of all that went into it. Immutable.
 *
 * @param kernel the kernel, unpacked: under emulation the kernel's own unpacking would cost more than the rest of a boot
 * @param initrd the file system, not packed, for the same reason
 */
public record GuestImage(Path kernel, Path initrd) {

    /** Programs that every guest has, beside those of busybox. */
    private static final List<String> PROGRAMS = List.of("bash", "dd", "mount", "umount", "blockdev", "sha256sum");

    /** Modules that every guest has: its disks, its network, and the channel for commands. */
    private static final List<String> MODULES =
            List.of("virtio_pci", "virtio_console", "virtio_net", "virtio_blk", "crc32c_generic", "ext4");

    private static final byte[] XZ_MAGIC = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
    private static final byte[] ELF_MAGIC = {0x7f, 'E', 'L', 'F'};
    private static final String LOADER = "lib64/ld-linux-x86-64.so.2";
    private static final Pattern LIBRARY = Pattern.compile("=> (/\\S+) \\(");

    /**
     * The image with these programs and kernel modules and all that they need. A program is a name, looked for in the
     * usual folders and put into {@code /bin}, or a path in its package ({@code "lib/drbd/drbdadm-84"}), which it keeps.
     */
    public static GuestImage of(List<String> programs, List<String> modules) {
        SortedSet<String> allPrograms = new TreeSet<>(PROGRAMS);
        allPrograms.addAll(programs);
        SortedSet<String> allModules = new TreeSet<>(MODULES);
        allModules.addAll(modules);
        try {
            Path made = Peers.cache().resolve("guest").resolve(digest(allPrograms, allModules));
            if (!Files.isDirectory(made)) {
                make(made, allPrograms, allModules);
            }
            return new GuestImage(made.resolve("vmlinux"), made.resolve("initrd"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a guest's file system from " + Peers.cache(), e);
        }
    }

    private static String digest(SortedSet<String> programs, SortedSet<String> modules) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(
                    (GuestInit.SCRIPT + programs + modules + Peers.kernelVersion()).getBytes(StandardCharsets.UTF_8));
            for (String group : Peers.GROUPS) {
                if (Peers.fetched(group)) {
                    digest.update(Files.readAllBytes(Peers.cache().resolve("stamp." + group)));
                }
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Made aside and moved into place at once, so that two builds at the same time do no harm. */
    private static void make(Path made, SortedSet<String> programs, SortedSet<String> modules) throws IOException {
        Files.createDirectories(made.getParent());
        Path aside = Files.createTempDirectory(made.getParent(), "new-");
        try {
            String version = Peers.kernelVersion()
                    .orElseThrow(() -> new IllegalStateException("no guest kernel; remedy: .ci/peers"));
            unpackKernel(Peers.file("boot/vmlinuz-" + version), aside.resolve("vmlinux"));
            try (Cpio cpio = new Cpio(aside.resolve("initrd"))) {
                cpio.file("init", GuestInit.SCRIPT);
                for (String folder : List.of("proc", "sys", "dev", "tmp", "run", "mnt", "etc", "var/lib", "root")) {
                    cpio.directory(folder);
                }
                addPrograms(cpio, programs);
                new KernelModules(Peers.file("lib/modules/" + version), version).addTo(cpio, modules);
            }
            try {
                Files.move(aside, made, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
                delete(aside); // another build was quicker; its image is the same
            }
        } catch (IOException | RuntimeException e) {
            delete(aside);
            throw e;
        }
    }

    private static void unpackKernel(Path vmlinuz, Path vmlinux) throws IOException {
        byte[] packed = Files.readAllBytes(vmlinuz);
        int at = indexOf(packed, XZ_MAGIC);
        if (at < 0) {
            throw new IOException(vmlinuz + " holds no xz stream");
        }
        Path stream = Files.createTempFile("diskless-kernel", ".xz");
        try {
            try (var out = Files.newOutputStream(stream)) {
                out.write(packed, at, packed.length - at);
            }
            // The exit code says that something follows the stream, which is so: the rest of the boot image.
            new ProcessBuilder(Peers.program("xz").toString(), "-dc", "--single-stream", stream.toString())
                    .redirectOutput(vmlinux.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unpacking " + vmlinuz, e);
        } finally {
            Files.delete(stream);
        }
        if (!startsWith(vmlinux, ELF_MAGIC)) {
            throw new IOException("xz made no kernel of " + vmlinuz);
        }
    }

    private static void addPrograms(Cpio cpio, SortedSet<String> programs) throws IOException {
        for (String alias : List.of("sbin", "usr/bin", "usr/sbin")) {
            cpio.symlink(alias, "/bin");
        }
        for (String program : programs) {
            Path file = locate(program);
            cpio.file(program.indexOf('/') < 0 ? "bin/" + program : program, file);
            if (startsWith(file, ELF_MAGIC)) {
                addLibraries(cpio, file);
            }
        }
        Path busybox = locate("busybox");
        cpio.file("bin/busybox", busybox);
        String applets = Processes.run(busybox.toString(), "--list").orThrow().output();
        for (String applet : applets.lines().toList()) {
            if (!cpio.has("bin/" + applet)) {
                cpio.symlink("bin/" + applet, "busybox");
            }
        }
    }

    private static void addLibraries(Cpio cpio, Path program) throws IOException {
        String loader = Peers.file(LOADER).toString();
        String path = Files.readString(Peers.cache().resolve("libraries"));
        String list = Processes.run(loader, "--library-path", path, "--list", program.toString())
                .orThrow()
                .output();
        cpio.file(LOADER, Peers.file(LOADER).toRealPath());
        Matcher library = LIBRARY.matcher(list);
        while (library.find()) {
            Path file = Path.of(library.group(1));
            cpio.file("lib/x86_64-linux-gnu/" + file.getFileName(), file.toRealPath());
        }
    }

    private static Path locate(String program) throws IOException {
        if (program.indexOf('/') >= 0 && Files.isRegularFile(Peers.file(program))) {
            return Peers.file(program).toRealPath();
        }
        for (String folder : List.of("bin", "sbin", "usr/bin", "usr/sbin")) {
            Path file = Peers.file(folder).resolve(program);
            if (Files.isRegularFile(file)) {
                return file.toRealPath();
            }
        }
        throw new IOException("no package that was fetched has the program " + program);
    }

    private static boolean startsWith(Path file, byte[] magic) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(magic.length), magic);
        }
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int at = 0; at + wanted.length <= bytes.length; at++) {
            if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        return -1;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
