package io.diskless.netboot.dhcp;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Makes messages to send: options in the order that clients expect, long ones split, {@code file} and {@code sname} used
 * for options where the main area is full and they are free, at least 300 octets, at most what the client takes.
 *
 * <p>Not thread-safe.
 */
public final class DhcpMessageBuilder {
    /** What old ROMs and some relays want at least, in octets (the size of a BOOTP message, RFC 951 §3). */
    public static final int MIN_LENGTH = 300;

    /** Without option 57 a client takes an IP datagram of 576 octets (RFC 2131 §2); 28 of them are IP and UDP header. */
    public static final int DEFAULT_MAX_LENGTH = 576 - 28;

    private static final int HEADERS = 28;

    private final DhcpHeader base;
    private final List<DhcpOption> required = new ArrayList<>();
    private final List<DhcpOption> ifRoom = new ArrayList<>();
    private int flags;
    private Inet4Address yiaddr;
    private Inet4Address siaddr;
    private Octets serverName = Octets.EMPTY;
    private Octets bootFile = Octets.EMPTY;
    private int maxLength = DEFAULT_MAX_LENGTH;

    private DhcpMessageBuilder(DhcpHeader base) {
        this.base = base;
        this.flags = base.flags();
        this.yiaddr = base.yiaddr();
        this.siaddr = base.siaddr();
    }

    /**
     * A message with these fixed fields and nothing else yet.
     *
     * @param header the fields
     * @return a new builder
     */
    public static DhcpMessageBuilder of(DhcpHeader header) {
        return new DhcpMessageBuilder(header);
    }

    /**
     * A reply: transaction, flags, relay and hardware address copied, the client id (RFC 6842) and the relay's option 82
     * (RFC 3046) echoed if they came, as long as option 57 and the link allow.
     *
     * @param request what is answered
     * @param mtu the link's largest IP datagram, at least 576
     * @return a new builder
     */
    public static DhcpMessageBuilder replyTo(DhcpMessage request, int mtu) {
        DhcpHeader h = request.header();
        Inet4Address none = DhcpHeader.NO_ADDRESS;
        DhcpMessageBuilder reply = new DhcpMessageBuilder(new DhcpHeader(
                DhcpFields.REPLY,
                h.htype(),
                h.hlen(),
                0,
                h.xid(),
                0,
                h.flags() & DhcpFields.BROADCAST,
                none,
                none,
                none,
                h.giaddr(),
                h.chaddr()));
        OptionalInt asked = request.options().u16(OptionCodes.MAX_SIZE);
        if (asked.isPresent()) {
            // RFC 2132 §9.10: the least legal value is 576.
            reply.maxLength(Math.max(576, Math.min(asked.getAsInt(), mtu)) - HEADERS);
        }
        for (int code : new int[] {OptionCodes.CLIENT_ID, OptionCodes.RELAY_AGENT}) {
            request.options().find(code).ifPresent(data -> reply.option(new DhcpOption(code, data)));
        }
        return reply;
    }

    /**
     * Sets the broadcast flag, for a NAK through a relay (RFC 2131 §4.3.2).
     *
     * @return this
     */
    public DhcpMessageBuilder broadcast() {
        flags |= DhcpFields.BROADCAST;
        return this;
    }

    /**
     * The address given.
     *
     * @param address the address
     * @return this
     */
    public DhcpMessageBuilder yiaddr(Inet4Address address) {
        yiaddr = address;
        return this;
    }

    /**
     * The next server.
     *
     * @param address the address
     * @return this
     */
    public DhcpMessageBuilder siaddr(Inet4Address address) {
        siaddr = address;
        return this;
    }

    /**
     * The next server's name in the fixed field, which then holds no options.
     *
     * @param name at most 63 octets, without NUL
     * @return this
     * @throws IllegalArgumentException if it does not fit
     */
    public DhcpMessageBuilder serverName(String name) {
        serverName = field("server name", name, DhcpFields.SNAME_LENGTH);
        return this;
    }

    /**
     * The boot file in the fixed field, which then holds no options. Longer names go to option 67.
     *
     * @param name at most 127 octets, without NUL
     * @return this
     * @throws IllegalArgumentException if it does not fit
     */
    public DhcpMessageBuilder bootFile(String name) {
        bootFile = field("boot file", name, DhcpFields.FILE_LENGTH);
        return this;
    }

    private static Octets field(String what, String text, int length) {
        byte[] octets = Octets.ofText(text).toArray();
        if (octets.length >= length || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "expected a " + what + " of at most " + (length - 1) + " octets without NUL, got " + octets.length);
        }
        return octets.length == 0 ? Octets.EMPTY : Octets.of(Arrays.copyOf(octets, length));
    }

    /**
     * An option that must be in the message. A code that was set before is replaced.
     *
     * @param option neither filler nor option 52, which the builder writes itself
     * @return this
     * @throws IllegalArgumentException for those two
     */
    public DhcpMessageBuilder option(DhcpOption option) {
        return add(required, option);
    }

    /**
     * An option that is left out where there is no room; those named first stay longest. A code that was set before is
     * replaced.
     *
     * @param option neither filler nor option 52
     * @return this
     * @throws IllegalArgumentException for those two
     */
    public DhcpMessageBuilder optionIfRoom(DhcpOption option) {
        return add(ifRoom, option);
    }

    private DhcpMessageBuilder add(List<DhcpOption> list, DhcpOption option) {
        if (option.code() == OptionCodes.PAD || option.code() == OptionCodes.OVERLOAD) {
            throw new IllegalArgumentException("expected neither 0 nor 52, got " + option.code());
        }
        required.removeIf(o -> o.code() == option.code());
        ifRoom.removeIf(o -> o.code() == option.code());
        list.add(option);
        return this;
    }

    /**
     * The largest message in octets, IP and UDP header not counted.
     *
     * @param octets 300 to 65507
     * @return this
     * @throws IllegalArgumentException if it is outside
     */
    public DhcpMessageBuilder maxLength(int octets) {
        if (octets < MIN_LENGTH || octets > DhcpFields.MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "expected " + MIN_LENGTH + " to " + DhcpFields.MAX_LENGTH + " octets, got " + octets);
        }
        maxLength = octets;
        return this;
    }

    /**
     * The message, with as many of the options as there is room for.
     *
     * @return the message, or empty if not even the required ones fit
     */
    public Optional<DhcpMessage> tryBuild() {
        int main = maxLength - DhcpFields.FIXED_LENGTH - 1;
        OptionLayout.Room room = new OptionLayout.Room(
                main,
                bootFile.size() > 0 ? 0 : DhcpFields.FILE_LENGTH - 1,
                serverName.size() > 0 ? 0 : DhcpFields.SNAME_LENGTH - 1);
        List<DhcpOption> all = new ArrayList<>(required);
        all.addAll(ifRoom);
        Optional<OptionLayout> layout = OptionLayout.of(all, room);
        if (layout.isEmpty()) {
            layout = someOf(room);
        }
        return layout.map(this::message);
    }

    private Optional<OptionLayout> someOf(OptionLayout.Room room) {
        List<DhcpOption> chosen = new ArrayList<>(required);
        Optional<OptionLayout> best = OptionLayout.of(chosen, room);
        for (int i = 0; i < ifRoom.size() && best.isPresent(); i++) {
            chosen.add(ifRoom.get(i));
            Optional<OptionLayout> more = OptionLayout.of(chosen, room);
            if (more.isPresent()) {
                best = more;
            } else {
                chosen.remove(chosen.size() - 1);
            }
        }
        return best;
    }

    /**
     * As {@link #tryBuild}, where the caller knows that the required options fit.
     *
     * @return the message
     * @throws IllegalStateException if they do not
     */
    public DhcpMessage build() {
        return tryBuild()
                .orElseThrow(() -> new IllegalStateException("expected required options that fit into " + maxLength
                        + " octets, got "
                        + required.stream().map(DhcpOption::code).toList()));
    }

    private DhcpMessage message(OptionLayout layout) {
        int used = DhcpFields.FIXED_LENGTH
                + layout.main().stream().mapToInt(OptionArea::wireSize).sum();
        byte[] tail = new byte[Math.max(1, MIN_LENGTH - used)];
        tail[0] = (byte) OptionCodes.END;
        return new DhcpMessage(
                header(),
                place(serverName, layout.sname(), DhcpFields.SNAME_LENGTH),
                place(bootFile, layout.file(), DhcpFields.FILE_LENGTH),
                new OptionArea(List.copyOf(layout.main()), Octets.of(tail), false));
    }

    private DhcpHeader header() {
        return new DhcpHeader(
                base.op(),
                base.htype(),
                base.hlen(),
                base.hops(),
                base.xid(),
                base.secs(),
                flags,
                base.ciaddr(),
                yiaddr,
                siaddr,
                base.giaddr(),
                base.chaddr());
    }

    private static Octets place(Octets text, List<DhcpOption> parts, int length) {
        if (text.size() > 0) {
            return text;
        }
        return parts.isEmpty() ? Octets.of(new byte[length]) : OptionLayout.field(parts, length);
    }
}
