package io.diskless.netboot.boot;

import io.diskless.cluster.net.AoeAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a machine gets. Every server turns the same answer into its own protocol. Immutable. */
public sealed interface BootAnswer {

    /** An address and options, nothing to boot: for operating systems. */
    record AddressOnly() implements BootAnswer {}

    /**
     * A program for the firmware: iPXE, PXELINUX, GRUB.
     *
     * @param file its name below the server's root, without a leading slash; or a whole URL
     */
    record Program(String file) implements BootAnswer {
        /**
         * Checks the name.
         *
         * @throws IllegalArgumentException if it is empty, or has blanks or control characters
         */
        public Program {
            notEmpty("a file's name", file);
        }
    }

    /**
     * A script for iPXE.
     *
     * @param text the whole script, beginning with {@code #!ipxe}
     */
    record Script(String text) implements BootAnswer {
        /**
         * Checks the first line.
         *
         * @throws IllegalArgumentException if it is not what iPXE knows a script by
         */
        public Script {
            if (!text.startsWith("#!ipxe\n")) {
                throw new IllegalArgumentException("expected a script whose first line is #!ipxe");
            }
        }
    }

    /**
     * A kernel, for any loader that can be told.
     *
     * @param kernel its name below the server's root, or a whole URL
     * @param initrds initial file systems in their order, the same way
     * @param arguments the kernel's command line, the same by each loader; anybody on the network can read it
     */
    record Kernel(String kernel, List<String> initrds, String arguments) implements BootAnswer {
        /** What iPXE's command lines are cut at and filled in by (ipxe.org/scripting); it has no way to quote. */
        private static final Pattern TAKEN_BY_IPXE = Pattern.compile("\\$\\{|(?:^| )(?:\\|\\||&&|;|#[^ ]*)(?: |$)");

        /**
         * Copies the list.
         *
         * @throws IllegalArgumentException if a name is empty or has blanks, or if the arguments are more than a line or have
         *     what iPXE takes for itself and cannot be told otherwise: <code>${</code>, the words <code>||</code>,
         *     <code>&amp;&amp;</code> and <code>;</code>, a word that begins with <code>#</code>
         */
        public Kernel {
            notEmpty("a kernel's name", kernel);
            initrds = List.copyOf(initrds);
            initrds.forEach(initrd -> notEmpty("an initial file system's name", initrd));
            if (arguments.chars().anyMatch(c -> c < ' ')) {
                throw new IllegalArgumentException("expected kernel arguments on one line");
            }
            if (TAKEN_BY_IPXE.matcher(arguments).find()) {
                throw new IllegalArgumentException("iPXE would take a part of the kernel arguments for itself, one of"
                        + " ${ || && ; # in \"" + arguments + "\": give it a whole script instead");
            }
        }
    }

    /**
     * A root over ATA over Ethernet, which iPXE boots as a disk.
     *
     * @param path where the disk is
     * @param second the same disk on another storage node, tried where the first fails
     * @param keepSan whether the disk stays attached when its boot fails or something else is loaded
     */
    record AoeRoot(AoeAddress path, Optional<AoeAddress> second, boolean keepSan) implements BootAnswer {
        /**
         * Checks the paths.
         *
         * @throws IllegalArgumentException if they are the same
         */
        public AoeRoot {
            Objects.requireNonNull(path, "path");
            if (second.filter(path::equals).isPresent()) {
                throw new IllegalArgumentException("expected a second path other than " + path);
            }
        }

        /**
         * A disk with one path, that is let go when its boot fails.
         *
         * @param path where the disk is
         * @return the answer
         */
        public static AoeRoot of(AoeAddress path) {
            return new AoeRoot(path, Optional.empty(), false);
        }
    }

    /** The next boot device of the firmware: a local disk, usually. */
    record LocalDisk() implements BootAnswer {}

    /**
     * The machine is known and must not boot: DHCP is silent, TFTP and HTTP refuse.
     *
     * @param reason why, for people
     */
    record Deny(String reason) implements BootAnswer {}

    /**
     * The machine is none of ours: every server is silent or knows no such file.
     *
     * @param reason why, for people
     */
    record Ignore(String reason) implements BootAnswer {}

    /**
     * Whether the machine gets anything at all.
     *
     * @return false for {@link Deny} and {@link Ignore}
     */
    default boolean isServed() {
        return !(this instanceof Deny || this instanceof Ignore);
    }

    private static void notEmpty(String what, String text) {
        if (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ')) {
            throw new IllegalArgumentException(
                    "expected " + what + " without blanks and control characters, got \"" + text + "\"");
        }
    }
}
