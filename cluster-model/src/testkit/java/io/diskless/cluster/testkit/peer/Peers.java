package io.diskless.cluster.testkit.peer;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the programs of real peers are: first in the cache that {@code .ci/peers} fills, then on the machine's
 * {@code PATH}. Thread-safe.
 */
public final class Peers {

    /** The groups of packages that {@code .ci/peers} knows. */
    static final List<String> GROUPS = List.of("aoe", "drbd");

    private static final Path CACHE =
            cache(System.getenv("DISKLESS_PEERS"), System.getenv("XDG_CACHE_HOME"), System.getenv("HOME"));

    private Peers() {}

    /** The cache folder, whether or not anything is in it. */
    public static Path cache() {
        return CACHE;
    }

    /** A file of the unpacked packages, by its path in the package ({@code "usr/lib/ipxe/ipxe.lkrn"}). */
    public static Path file(String path) {
        return CACHE.resolve("root").resolve(path);
    }

    /** Whether a group of packages was unpacked to the end; {@code "aoe"} is fetched by default. */
    public static boolean fetched(String group) {
        return Files.isRegularFile(CACHE.resolve("stamp." + group));
    }

    /** The executable of that name, or nothing where neither the cache nor the machine has it. */
    public static Optional<Path> find(String program) {
        Path cached = CACHE.resolve("bin").resolve(program);
        if (Files.isExecutable(cached)) {
            return Optional.of(cached);
        }
        String path = System.getenv("PATH");
        return Stream.concat(
                        path == null ? Stream.empty() : Stream.of(path.split(File.pathSeparator, -1)),
                        Stream.of("/usr/sbin", "/sbin"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * The executable of that name.
     *
     * @throws IllegalStateException where nobody has it; the message says where it was looked for and the remedy
     */
    public static Path program(String program) {
        return find(program).orElseThrow(() -> new IllegalStateException(missing(program)));
    }

    /** The newest unpacked guest kernel's version, such as {@code 6.1.0-56-amd64}. */
    public static Optional<String> kernelVersion() {
        Path modules = file("lib/modules");
        if (!Files.isDirectory(modules)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(modules)) {
            return versions.map(version -> version.getFileName().toString())
                    .filter(version -> Files.isReadable(file("boot/vmlinuz-" + version)))
                    .max(Comparator.comparing(Peers::sortable));
        } catch (IOException e) {
            throw new IllegalStateException("cannot list " + modules, e);
        }
    }

    static String missing(String program) {
        return program + " is neither in " + CACHE + " nor on the PATH; remedy: .ci/peers";
    }

    /**
     * Why these peers cannot be used, or nothing if all of them can. {@code "linux"} stands for the guest kernel,
     * {@code "drbd"} for that kernel with the tools of its DRBD and OCFS2, {@code "loaders"} for UEFI firmware and boot loaders.
     */
    static Optional<String> whyNot(List<String> peers) {
        for (String peer : peers) {
            if (peer.equals("linux") || peer.equals("ipxe") || peer.equals("drbd")) {
                if (!fetched("aoe") || (!peer.equals("ipxe") && kernelVersion().isEmpty())) {
                    return Optional.of("the files of " + peer + " are not in " + CACHE + "; remedy: .ci/peers");
                }
                if (peer.equals("drbd") && !fetched("drbd")) {
                    return Optional.of("the tools of DRBD are not in " + CACHE + "; remedy: .ci/peers aoe drbd");
                }
                if (!Files.isWritable(Path.of("/dev/net/tun"))) {
                    return Optional.of("an emulated " + peer + " needs /dev/net/tun, which this user may not open");
                }
            } else if (peer.equals("loaders")) {
                if (!fetched("netboot") || !Files.isReadable(file("usr/share/OVMF/OVMF_CODE_4M.fd"))) {
                    return Optional.of("no UEFI firmware and boot loaders in " + CACHE + "; remedy: .ci/peers netboot");
                }
            } else if (find(peer).isEmpty()) {
                return Optional.of(missing(peer));
            }
        }
        return Optional.empty();
    }

    /** {@code 6.1.0-9} sorts before {@code 6.1.0-56}: every number is padded. */
    private static String sortable(String version) {
        StringBuilder padded = new StringBuilder();
        for (String part : version.split("(?<=\\d)(?=\\D)|(?<=\\D)(?=\\d)", -1)) {
            padded.append(Character.isDigit(part.charAt(0)) ? String.format("%010d", Long.parseLong(part)) : part);
        }
        return padded.toString();
    }

    private static Path cache(String own, String xdg, String home) {
        if (own != null && !own.isEmpty()) {
            return Path.of(own).toAbsolutePath();
        }
        if (xdg != null && !xdg.isEmpty()) {
            return Path.of(xdg, "diskless", "peers").toAbsolutePath();
        }
        return Path.of(home == null ? "/nonexistent" : home, ".cache", "diskless", "peers");
    }
}
