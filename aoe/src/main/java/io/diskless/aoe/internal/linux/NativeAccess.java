package io.diskless.aoe.internal.linux;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether the native door can be opened here, and why not. Thread-safe. */
public final class NativeAccess {
    private static volatile @Nullable Obstacle known;
    private static volatile boolean asked;

    /**
     * What stands in the way.
     *
     * @param reason expected and actual
     * @param remedy what to do about it
     */
    public record Obstacle(String reason, String remedy) {}

    private NativeAccess() {}

    /** Null if {@link LibC} may be used. */
    public static @Nullable Obstacle obstacle() {
        if (!asked) {
            known = find(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
            asked = true;
        }
        return known;
    }

    static @Nullable Obstacle find(String system, String architecture) {
        if (!system.equals("Linux")) {
            return new Obstacle(
                    "packet sockets exist on Linux only, this is " + system,
                    "run on Linux, or use an in-memory segment or a capture");
        }
        String arch = architecture.toLowerCase(Locale.ROOT);
        // The layouts and numbers are those of 64-bit little-endian Linux with the generic ABI.
        if (!arch.equals("amd64") && !arch.equals("x86_64") && !arch.equals("aarch64")) {
            return new Obstacle(
                    "the structures of packet sockets are known for amd64 and aarch64, this is " + architecture,
                    "run a 64-bit JVM on amd64 or aarch64");
        }
        try {
            int fd = LibC.eventfd(0, LinuxConstants.EFD_NONBLOCK | LinuxConstants.EFD_CLOEXEC);
            if (fd < 0) {
                return new Obstacle("eventfd failed: " + Errno.text(LibC.errno()), "raise the limit of open files");
            }
            LibC.close(fd);
            return null;
        } catch (LinkageError e) {
            // NoClassDefFoundError: no JNA; UnsatisfiedLinkError: its library cannot be unpacked or loaded.
            return new Obstacle(
                    "JNA cannot be used: " + e,
                    "put net.java.dev.jna:jna on the class path; its native library is unpacked into java.io.tmpdir, which"
                            + " must not be mounted noexec (or set jna.tmpdir); on Java 24 and later start with"
                            + " --enable-native-access=ALL-UNNAMED");
        }
    }

    /** Whether the structures were only read from headers for this architecture, never tried. */
    public static boolean untried() {
        return System.getProperty("os.arch", "").equals("aarch64");
    }
}
