package io.diskless.netboot.dhcp;

import java.util.List;
import java.util.Optional;

/**
 * The options inside options 43 (PXE), 82 (RFC 3046) and 175 (iPXE): code, length, data. Code 0 is filler; in 43 and 175
 * code 255 is the end. Option 82 knows no end: a 255 there, and what follows, is kept in {@link #rest}. Immutable.
 *
 * @param entries what was read, in order, without filler
 * @param rest what could not be read: an option that reaches too far and all behind it; empty if all is well
 */
public record SubOptions(List<DhcpOption> entries, Octets rest) {
    /** Copies the list. */
    public SubOptions {
        entries = List.copyOf(entries);
    }

    static SubOptions parse(Octets data, int outer) {
        OptionArea area = OptionArea.parse(data);
        boolean ended = !area.cut() && outer != OptionCodes.RELAY_AGENT;
        List<DhcpOption> real =
                area.entries().stream().filter(o -> o.code() != OptionCodes.PAD).toList();
        return new SubOptions(real, ended ? Octets.EMPTY : area.tail());
    }

    /**
     * The first sub-option of a code.
     *
     * @param code 1 to 254
     * @return its octets
     */
    public Optional<Octets> find(int code) {
        return entries.stream()
                .filter(o -> o.code() == code)
                .map(DhcpOption::data)
                .findFirst();
    }
}
