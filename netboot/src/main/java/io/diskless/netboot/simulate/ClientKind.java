package io.diskless.netboot.simulate;

/**
 * Which program of a machine speaks DHCP. What it says is taken from captures of iPXE 1.0.0+git-20190125, OVMF 2022.11
 * (edk2), GRUB 2.06 and PXELINUX 6.04. Immutable.
 */
public enum ClientKind {
    /** iPXE as the ROM of a card under a BIOS: architecture 0, loads by TFTP and HTTP, boots AoE roots. */
    BIOS_IPXE(0),
    /** edk2's own PXE client: architecture 7, asks for a file's size first, then loads it by TFTP. */
    UEFI_PXE(7),
    /** edk2's own HTTP boot: architecture 16, takes only offers of its class and a URL. */
    UEFI_HTTP(16),
    /** {@code ipxe.efi} after the firmware loaded it: architecture 7. */
    UEFI_IPXE(7),
    /** iPXE as the EFI ROM of a card: architecture 7. */
    UEFI_IPXE_ROM(7);

    private final int architecture;

    ClientKind(int architecture) {
        this.architecture = architecture;
    }

    /**
     * What it says in option 93.
     *
     * @return the number
     */
    public int architecture() {
        return architecture;
    }

    /**
     * Whether it is iPXE.
     *
     * @return false for the firmware's own clients
     */
    public boolean isIpxe() {
        return this == BIOS_IPXE || this == UEFI_IPXE || this == UEFI_IPXE_ROM;
    }
}
