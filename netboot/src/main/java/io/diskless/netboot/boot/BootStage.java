package io.diskless.netboot.boot;

/** Who of the several programs that one machine runs within half a minute is asking. Immutable. */
public enum BootStage {
    /** The firmware's own PXE client: it loads a program by TFTP. */
    PXE_FIRMWARE,
    /** The firmware's HTTP boot: it takes only offers of its own class and a URL. */
    HTTP_FIRMWARE,
    /** iPXE, out of a card's ROM or loaded by the firmware: it takes scripts, URLs and AoE roots. */
    IPXE,
    /** An installer, an initial file system or an operating system: it wants an address. */
    SYSTEM
}
