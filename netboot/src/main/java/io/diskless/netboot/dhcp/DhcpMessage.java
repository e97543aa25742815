package io.diskless.netboot.dhcp;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A whole DHCPv4 message that keeps every octet: what was decoded encodes to the same bytes, with options that nobody
 * knows, in the order in which they came, with filler and with whatever follows the end mark.
 *
 * <p>Immutable. {@link DhcpFields} reads the same fields in place; {@link DhcpMessageBuilder} makes messages to send.
 */
public final class DhcpMessage {
    private final DhcpHeader header;
    private final Octets sname;
    private final Octets file;
    private final OptionArea main;
    private final DhcpVerdict verdict;
    private final DhcpOptions options;

    DhcpMessage(DhcpHeader header, Octets sname, Octets file, OptionArea main) {
        this.header = header;
        this.sname = sname;
        this.file = file;
        this.main = main;
        int overload = DhcpOptions.overload(main.entries());
        OptionArea inFile = OptionArea.parse((overload & 1) != 0 ? file : Octets.EMPTY);
        OptionArea inName = OptionArea.parse((overload & 2) != 0 ? sname : Octets.EMPTY);
        // The order of RFC 3396 §5: the options field, then file, then sname.
        this.options = DhcpOptions.join(List.of(main.entries(), inFile.entries(), inName.entries()));
        this.verdict = main.cut() || inFile.cut() || inName.cut() ? DhcpVerdict.OPTIONS_CUT : DhcpVerdict.ACCEPTED;
    }

    /**
     * Decodes a message of either direction; the buffer's position and limit stay.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @param length its octets, all within the buffer's limit
     * @return the message, or empty where {@link DhcpFields#validate} finds it not readable
     */
    public static Optional<DhcpMessage> decode(ByteBuffer b, int at, int length) {
        if (!DhcpFields.validate(b, at, length).isReadable()) {
            return Optional.empty();
        }
        int options = at + DhcpFields.FIXED_LENGTH;
        return Optional.of(new DhcpMessage(
                DhcpHeader.read(b, at),
                Octets.copyOf(b, at + DhcpFields.SNAME_AT, DhcpFields.SNAME_LENGTH),
                Octets.copyOf(b, at + DhcpFields.FILE_AT, DhcpFields.FILE_LENGTH),
                OptionArea.parse(Octets.copyOf(b, options, length - DhcpFields.FIXED_LENGTH))));
    }

    /**
     * The message as it goes on the wire.
     *
     * @return a fresh array
     */
    public byte[] encode() {
        int size = main.entries().stream().mapToInt(OptionArea::wireSize).sum();
        ByteBuffer all =
                ByteBuffer.allocate(DhcpFields.FIXED_LENGTH + size + main.tail().size());
        header.write(all);
        sname.putInto(all);
        file.putInto(all);
        all.putInt(DhcpFields.MAGIC);
        main.entries().forEach(part -> OptionArea.put(part, all));
        main.tail().putInto(all);
        return all.array();
    }

    /**
     * The fixed fields.
     *
     * @return the header
     */
    public DhcpHeader header() {
        return header;
    }

    /**
     * All options with their parts joined, also those in overloaded fields.
     *
     * @return the options
     */
    public DhcpOptions options() {
        return options;
    }

    /**
     * The parts of the main area as they are on the wire, filler included.
     *
     * @return an immutable list
     */
    public List<DhcpOption> parts() {
        return main.entries();
    }

    /**
     * Whether all areas could be read to their end.
     *
     * @return {@link DhcpVerdict#ACCEPTED} or {@link DhcpVerdict#OPTIONS_CUT}
     */
    public DhcpVerdict verdict() {
        return verdict;
    }

    /**
     * The next server's name.
     *
     * @return the text up to the first NUL; empty where the field holds options
     */
    public String serverName() {
        return (DhcpOptions.overload(main.entries()) & 2) != 0 ? "" : sname.text();
    }

    /**
     * The boot file: the fixed field, or option 67 where that is empty or holds options.
     *
     * @return the name or URL, empty if there is none
     */
    public String bootFile() {
        String fixed = (DhcpOptions.overload(main.entries()) & 1) != 0 ? "" : file.text();
        return fixed.isEmpty()
                ? options.find(OptionCodes.BOOT_FILE).map(Octets::text).orElse("")
                : fixed;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DhcpMessage o
                && header.equals(o.header)
                && sname.equals(o.sname)
                && file.equals(o.file)
                && main.equals(o.main);
    }

    @Override
    public int hashCode() {
        return Objects.hash(header, sname, file, main);
    }

    /** Type, transaction, hardware address and the codes of the options; no data, which may come from anybody. */
    @Override
    public String toString() {
        return "DhcpMessage[" + options.messageType().map(Object::toString).orElse("BOOTP") + " xid="
                + Integer.toHexString(header.xid()) + " chaddr=" + header.hardwareAddress() + " options="
                + options.codes() + "]";
    }
}
