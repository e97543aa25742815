package io.diskless.netboot.dhcp;

import java.util.Optional;
import java.util.UUID;

/**
 * Option 97, the machine's UUID (RFC 4578 §2.3): a type octet 0 and 16 octets whose first three groups are
 * little-endian on most machines. May be null on many machines: never a key on its own. Immutable.
 *
 * @param raw the 16 octets as they came
 */
public record MachineId(Octets raw) {
    /**
     * Checks the length.
     *
     * @throws IllegalArgumentException if it is not of 16 octets
     */
    public MachineId {
        if (raw.size() != 16) {
            throw new IllegalArgumentException("expected 16 octets, got " + raw.size());
        }
    }

    static Optional<MachineId> parse(Octets data) {
        return data.size() == 17 && data.u8(0) == 0 ? Optional.of(new MachineId(data.slice(1, 17))) : Optional.empty();
    }

    /**
     * Whether it tells machines apart.
     *
     * @return false if all octets are 00 or all are ff
     */
    public boolean isMeaningful() {
        return !raw.isAll(0) && !raw.isAll(0xFF);
    }

    /**
     * The UUID as the machine's vendor prints it: the first three groups turned round.
     *
     * @return the UUID
     */
    public UUID uuid() {
        long high = (raw.u32(0) & 0xFFFF_FFFFL) << 32 | (long) raw.u16(4) << 16 | raw.u16(6);
        long first = Integer.toUnsignedLong(Integer.reverseBytes((int) (high >>> 32)));
        long second = Short.toUnsignedLong(Short.reverseBytes((short) (high >>> 16)));
        long third = Short.toUnsignedLong(Short.reverseBytes((short) high));
        return new UUID(first << 32 | second << 16 | third, raw.u32(8) << 32 | raw.u32(12));
    }

    /**
     * The UUID with all octets in the order in which they came.
     *
     * @return the UUID
     */
    public UUID bigEndianUuid() {
        return new UUID(raw.u32(0) << 32 | raw.u32(4), raw.u32(8) << 32 | raw.u32(12));
    }
}
