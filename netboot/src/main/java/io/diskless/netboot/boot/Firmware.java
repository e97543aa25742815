package io.diskless.netboot.boot;

import java.util.Optional;

/**
 * What a program for a machine must be built for, from the client architecture of option 93 (RFC 4578 §2.1 and the IANA
 * registry). Whether the machine loads it by TFTP or HTTP has numbers of its own there, but the program is the same.
 * Immutable.
 */
public enum Firmware {
    /** PC BIOS: 0, and 20 by HTTP. */
    BIOS,
    /** UEFI on 32-bit x86: 6, and 15 by HTTP. */
    UEFI_IA32,
    /** UEFI on x86-64: 7, which is registered for EBC and used by everybody for this, 9, and 16 by HTTP. */
    UEFI_X64,
    /** UEFI on 32-bit ARM: 10, and 18 by HTTP. */
    UEFI_ARM32,
    /** UEFI on 64-bit ARM: 11, and 19 by HTTP. */
    UEFI_ARM64,
    /** UEFI on 64-bit RISC-V: 27, and 28 by HTTP. */
    UEFI_RISCV64,
    /** UEFI on 64-bit LoongArch: 39, and 40 by HTTP. */
    UEFI_LOONGARCH64;

    /**
     * The firmware of an architecture number.
     *
     * @param architecture the number, as in option 93
     * @return the firmware, or empty for numbers that have no name here
     */
    public static Optional<Firmware> of(int architecture) {
        return switch (architecture) {
            case 0, 20 -> Optional.of(BIOS);
            case 6, 15 -> Optional.of(UEFI_IA32);
            case 7, 9, 16 -> Optional.of(UEFI_X64);
            case 10, 18 -> Optional.of(UEFI_ARM32);
            case 11, 19 -> Optional.of(UEFI_ARM64);
            case 27, 28 -> Optional.of(UEFI_RISCV64);
            case 39, 40 -> Optional.of(UEFI_LOONGARCH64);
            default -> Optional.empty();
        };
    }
}
