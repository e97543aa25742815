package io.diskless.cluster.model.compute;

import io.diskless.cluster.model.id.ProfileId;
import java.util.Objects;

/** What a guest boots. Implementations are immutable. */
public sealed interface BootKind {
    /**
     * From the network, as machines do.
     *
     * @param profile what
     */
    record NetworkBoot(ProfileId profile) implements BootKind {
        /** Insists on a profile. */
        public NetworkBoot {
            Objects.requireNonNull(profile, "profile");
        }
    }

    /** From its first volume. */
    record DiskBoot() implements BootKind {}

    /**
     * A kernel that its host hands it.
     *
     * @param kernel path on the host
     * @param initrd path on the host; empty if there is none
     * @param commandLine what the kernel is told
     */
    record KernelBoot(String kernel, String initrd, String commandLine) implements BootKind {
        /** Insists on all. */
        public KernelBoot {
            Objects.requireNonNull(kernel, "kernel");
            Objects.requireNonNull(initrd, "initrd");
            Objects.requireNonNull(commandLine, "commandLine");
        }
    }
}
