package io.diskless.cluster.model.node;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.ProfileId;
import java.util.Objects;

/**
 * What a machine boots from the network. Immutable.
 *
 * @param id its name
 * @param kernel path of the kernel below the boot server's folder
 * @param initrd path of the initial file system; empty if there is none
 * @param commandLine what the kernel is told
 */
public record NetbootProfile(ProfileId id, String kernel, String initrd, String commandLine) implements Entity {
    /**
     * Insists on a kernel.
     *
     * @throws IllegalArgumentException if the kernel's path is empty
     */
    public NetbootProfile {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(initrd, "initrd");
        Objects.requireNonNull(commandLine, "commandLine");
        if (kernel.isEmpty()) {
            throw new IllegalArgumentException("a netboot profile names a kernel, " + id + " does not");
        }
    }

    @Override
    public Kind kind() {
        return Kind.NETBOOT_PROFILE;
    }

    @Override
    public void describe(ClaimSink sink) {
        // A profile refers to files only.
    }
}
