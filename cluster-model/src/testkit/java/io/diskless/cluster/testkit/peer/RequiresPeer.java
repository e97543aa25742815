package io.diskless.cluster.testkit.peer;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test talks to these real peers: names of programs ({@code "vblade"}), {@code "linux"} for the guest kernel,
 * {@code "drbd"} for that kernel with the tools of its DRBD and OCFS2, {@code "ipxe"} for the boot firmware of a BIOS,
 * {@code "loaders"} for UEFI firmware, PXELINUX and GRUB. Where one is missing the test is skipped with its reason, and fails
 * where the environment says {@code CI=true}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(Requirements.class)
public @interface RequiresPeer {
    /** Names of the peers. */
    String[] value();
}
