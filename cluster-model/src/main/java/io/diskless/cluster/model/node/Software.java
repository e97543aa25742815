package io.diskless.cluster.model.node;

import io.diskless.cluster.conf.drbd.DrbdDialect;
import java.util.Objects;

/**
 * Which DRBD a machine runs: module, programs and files must agree. Immutable.
 *
 * @param module what the kernel module is
 * @param tools what the programs are
 * @param configuration which dialect the files are written in
 */
public record Software(DrbdDialect module, DrbdDialect tools, DrbdDialect configuration) {
    /** DRBD 9 throughout. */
    public static final Software DRBD_9 = new Software(DrbdDialect.V9, DrbdDialect.V9, DrbdDialect.V9);

    /** Insists on all three. */
    public Software {
        Objects.requireNonNull(module, "module");
        Objects.requireNonNull(tools, "tools");
        Objects.requireNonNull(configuration, "configuration");
    }
}
