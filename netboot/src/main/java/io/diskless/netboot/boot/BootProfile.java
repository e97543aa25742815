package io.diskless.netboot.boot;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How the machines of a role boot: which program the firmware loads, and what iPXE then gets. Immutable.
 *
 * <p>Where no target is set, iPXE gets the program as well: PXELINUX and GRUB bring configuration of their own.
 */
public final class BootProfile {
    private final Map<Firmware, String> programs;
    private final Map<Integer, String> byNumber;
    private final Optional<BootAnswer> target;
    private final boolean targetForAll;
    private final boolean nulAfterBootFile;

    private BootProfile(Builder from) {
        programs = Map.copyOf(from.programs);
        byNumber = Map.copyOf(from.byNumber);
        target = Optional.ofNullable(from.target);
        targetForAll = from.target instanceof BootAnswer.Deny
                || from.target instanceof BootAnswer.Ignore
                || from.target instanceof BootAnswer.AddressOnly
                || from.target instanceof BootAnswer.LocalDisk;
        nulAfterBootFile = from.nulAfterBootFile;
    }

    /**
     * Starts with nothing.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The firmware loads iPXE under the names of its own build, {@code undionly.kpxe} and {@code ipxe.efi}, and iPXE gets
     * the target.
     *
     * @param target what iPXE gets
     * @return a builder
     */
    public static Builder ipxe(BootAnswer target) {
        return builder()
                .program(Firmware.BIOS, "undionly.kpxe")
                .program(Firmware.UEFI_X64, "ipxe.efi")
                .target(target);
    }

    /**
     * Every program of the machine gets the same.
     *
     * @param answer to be denied, ignored, given an address only, or sent to its local disk
     * @return the profile
     * @throws IllegalArgumentException for other answers, which not every program understands
     */
    public static BootProfile always(BootAnswer answer) {
        BootProfile profile = builder().target(answer).build();
        if (!profile.targetForAll) {
            throw new IllegalArgumentException("expected an answer that every program understands, got " + answer);
        }
        return profile;
    }

    /**
     * The program for a firmware.
     *
     * @param architecture as in option 93; a machine that does not say has a BIOS
     * @return its file, or empty if there is none
     */
    public Optional<String> program(OptionalInt architecture) {
        String exact = byNumber.get(architecture.orElse(0));
        return exact != null
                ? Optional.of(exact)
                : Firmware.of(architecture.orElse(0)).map(programs::get);
    }

    /**
     * What iPXE gets.
     *
     * @return the answer, or empty if that is the program
     */
    public Optional<BootAnswer> target() {
        return target;
    }

    /**
     * Whether the target is for every program of the machine, not only for iPXE.
     *
     * @return true of answers that have nothing to load
     */
    public boolean isTargetForAll() {
        return targetForAll;
    }

    /**
     * Whether option 67 ends with a NUL: some ROMs need it, others take it for a part of the name.
     *
     * @return false unless set
     */
    public boolean nulAfterBootFile() {
        return nulAfterBootFile;
    }

    /** Makes profiles. Not thread-safe. */
    public static final class Builder {
        private final Map<Firmware, String> programs = new HashMap<>();
        private final Map<Integer, String> byNumber = new HashMap<>();
        private @Nullable BootAnswer target;
        private boolean nulAfterBootFile;

        private Builder() {}

        /**
         * The program for a firmware.
         *
         * @param firmware what it is built for
         * @param file its name below the servers' root, or a whole URL
         * @return this
         */
        public Builder program(Firmware firmware, String file) {
            programs.put(firmware, new BootAnswer.Program(file).file());
            return this;
        }

        /**
         * The program for one architecture number, before what its firmware says.
         *
         * @param architecture as in option 93, 0 to 65535
         * @param file its name below the servers' root, or a whole URL
         * @return this
         */
        public Builder program(int architecture, String file) {
            byNumber.put(architecture, new BootAnswer.Program(file).file());
            return this;
        }

        /**
         * What iPXE gets.
         *
         * @param answer any answer
         * @return this
         */
        public Builder target(BootAnswer answer) {
            target = answer;
            return this;
        }

        /**
         * Whether option 67 ends with a NUL.
         *
         * @param nul true for ROMs that need it
         * @return this
         */
        public Builder nulAfterBootFile(boolean nul) {
            nulAfterBootFile = nul;
            return this;
        }

        /**
         * The profile.
         *
         * @return an immutable profile
         * @throws IllegalArgumentException if it has neither a program nor a target
         */
        public BootProfile build() {
            if (programs.isEmpty() && byNumber.isEmpty() && target == null) {
                throw new IllegalArgumentException("expected a program or a target, got neither");
            }
            return new BootProfile(this);
        }
    }
}
