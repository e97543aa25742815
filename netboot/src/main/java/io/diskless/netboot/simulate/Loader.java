package io.diskless.netboot.simulate;

import java.util.Locale;

/** The program that a client loaded and starts. Immutable. */
public enum Loader {
    /** Asks again by DHCP, then runs a script. */
    IPXE,
    /** Loads {@code ldlinux.c32}, then looks for its configuration under ever shorter names. */
    PXELINUX,
    /** Looks for {@code grub.cfg} under ever shorter names. */
    GRUB,
    /** Something else: the machine is its own from there on. */
    OTHER;

    /**
     * The loader of a file, by its name.
     *
     * @param file its name or URL
     * @return the loader
     */
    public static Loader of(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        if (name.contains("ipxe") || name.contains("snponly") || name.endsWith(".kpxe")) {
            return IPXE;
        }
        return name.contains("pxelinux") ? PXELINUX : name.contains("grub") ? GRUB : OTHER;
    }
}
