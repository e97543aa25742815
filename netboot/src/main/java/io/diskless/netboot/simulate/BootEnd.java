package io.diskless.netboot.simulate;

import io.diskless.cluster.net.AoeAddress;
import java.util.List;
import java.util.Objects;

/** Where a boot led. Implementations are immutable. */
public sealed interface BootEnd {
    /**
     * A kernel was loaded and would start.
     *
     * @param kernel its name or URL as the loader asked for it
     * @param initrds the same of its initial file systems
     * @param arguments what it is told
     */
    record Kernel(String kernel, List<String> initrds, String arguments) implements BootEnd {
        /** Copies the list. */
        public Kernel {
            Objects.requireNonNull(kernel, "kernel");
            Objects.requireNonNull(arguments, "arguments");
            initrds = List.copyOf(initrds);
        }
    }

    /**
     * iPXE attached a disk and boots off it.
     *
     * @param disk which
     * @param keepSan whether it stays attached when its boot fails
     */
    record AoeRoot(AoeAddress disk, boolean keepSan) implements BootEnd {
        /** Insists on a disk. */
        public AoeRoot {
            Objects.requireNonNull(disk, "disk");
        }
    }

    /**
     * A program was loaded that the simulation knows nothing about.
     *
     * @param file its name or URL
     */
    record Program(String file) implements BootEnd {
        /** Insists on a name. */
        public Program {
            Objects.requireNonNull(file, "file");
        }
    }

    /** The firmware tries its next device. */
    record LocalDisk() implements BootEnd {}

    /**
     * Nobody offered an address, or nothing that this client can boot.
     *
     * @param reason what is missing
     */
    record Nothing(String reason) implements BootEnd {
        /** Insists on a reason. */
        public Nothing {
            Objects.requireNonNull(reason, "reason");
        }
    }

    /**
     * A step failed after it began.
     *
     * @param reason which, and how
     */
    record Failed(String reason) implements BootEnd {
        /** Insists on a reason. */
        public Failed {
            Objects.requireNonNull(reason, "reason");
        }
    }
}
