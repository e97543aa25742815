package io.diskless.aoe.wire;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The door: says of a received frame whether it may be used, before anything else looks at it. Behind an accepting
 * {@link Verdict} every accessor of the frame's command stays inside the frame, and the counts and lengths that the
 * frame claims are true. Targets call {@link #request}, initiators {@link #response}.
 *
 * <p>Lengths are taken from the message's own fields and checked against the frame, never derived from the frame alone,
 * since short frames are padded by some senders and not by others (spec §1). Trailing bytes are ignored. Reserved bits
 * and a stray flag E in a request are ignored as well (spec §3.2).
 *
 * <p>What depends on the receiver is left to it: shelf and slot, the destination address, the limit of sectors by MTU,
 * mask lists and reservations. Stateless, thread-safe; allocates nothing.
 */
public final class FrameValidator {
    private FrameValidator() {}

    /**
     * Where the AoE header of a frame starts. Only of use behind a verdict other than {@link Verdict#SHORT_ETHERNET}
     * and {@link Verdict#NOT_AOE}.
     *
     * @param b frame
     * @param frame index of its first byte
     * @return {@code frame + 14}, or {@code frame + 18} if the frame bears an 802.1Q tag
     */
    public static int headerAt(ByteBuffer b, int frame) {
        return EthernetHeader.type(b, frame) == EthernetHeader.ETHERTYPE_VLAN
                ? frame + EthernetHeader.TAGGED_LENGTH
                : frame + EthernetHeader.LENGTH;
    }

    /**
     * Judges a frame that a target received.
     *
     * @param b holds the frame
     * @param frame index of its first byte
     * @param length its bytes, without frame check sequence
     * @return {@link Verdict#ACCEPTED}, or why not
     * @throws IndexOutOfBoundsException if the buffer does not hold {@code length} bytes from {@code frame} on, which is
     *     a mistake of the caller
     */
    public static Verdict request(ByteBuffer b, int frame, int length) {
        Verdict door = ethernet(b, frame, length);
        if (door != Verdict.ACCEPTED) {
            return door;
        }
        int at = headerAt(b, frame);
        if (AoeHeader.isResponse(b, at)) {
            return Verdict.NOT_REQUEST;
        }
        if (AoeHeader.version(b, at) != AoeHeader.VERSION) {
            return Verdict.BAD_VERSION;
        }
        int size = frame + length - at;
        return switch (AoeHeader.command(b, at)) {
            case AoeHeader.CMD_ATA -> ataRequest(b, at, size);
            case AoeHeader.CMD_CONFIG -> config(b, at, size, true);
            case AoeHeader.CMD_MASK -> mask(b, at, size, true, true);
            case AoeHeader.CMD_RESERVE -> reserve(b, at, size, true);
            default -> unknown(b, at);
        };
    }

    /**
     * Judges a frame that an initiator received. Whether a read brought its data depends on what was asked: see
     * {@link #readData}.
     *
     * <p>A mask response with an error counts what was done and brings no list: its entries may not be read (spec §6).
     *
     * <p>Version 0 is let pass in an announcement, which is a config response with tag 0, because a target in the field
     * sends it so (spec §5.1).
     *
     * @param b holds the frame
     * @param frame index of its first byte
     * @param length its bytes, without frame check sequence
     * @return {@link Verdict#ACCEPTED}, {@link Verdict#ACCEPTED_ERROR}, or why not
     * @throws IndexOutOfBoundsException if the buffer does not hold {@code length} bytes from {@code frame} on
     */
    public static Verdict response(ByteBuffer b, int frame, int length) {
        Verdict door = ethernet(b, frame, length);
        if (door != Verdict.ACCEPTED) {
            return door;
        }
        int at = headerAt(b, frame);
        if (!AoeHeader.isResponse(b, at)) {
            return Verdict.NOT_RESPONSE;
        }
        if (AoeHeader.version(b, at) != AoeHeader.VERSION && !isOldAnnouncement(b, at)) {
            return Verdict.BAD_VERSION;
        }
        return AoeHeader.isError(b, at) ? Verdict.ACCEPTED_ERROR : responseBody(b, at, frame + length - at);
    }

    /**
     * Judges what follows the AoE header of a response with flag E, for those who want to show it: a target that refuses
     * a config string or a reservation tells the current one there, if it sends a body at all.
     *
     * @param b holds the frame
     * @param frame index of its first byte
     * @param length its bytes
     * @return {@link Verdict#ACCEPTED} if the accessors of its command may be used, else why not
     */
    public static Verdict body(ByteBuffer b, int frame, int length) {
        Verdict door = ethernet(b, frame, length);
        if (door != Verdict.ACCEPTED) {
            return door;
        }
        int at = headerAt(b, frame);
        return responseBody(b, at, frame + length - at);
    }

    /**
     * Judges the data of an ATA response that was accepted. A response whose status says failure carries none (spec
     * §4.4) and is accepted.
     *
     * @param b holds the frame
     * @param frame index of its first byte
     * @param length its bytes
     * @param expected bytes that were asked for, see {@link AtaCommand#bytesIn}
     * @return {@link Verdict#ACCEPTED} or {@link Verdict#SHORT_READ_DATA}
     */
    public static Verdict readData(ByteBuffer b, int frame, int length, int expected) {
        int at = headerAt(b, frame);
        if (!AtaStatus.isSuccess(AtaFields.status(b, at))) {
            return Verdict.ACCEPTED;
        }
        return frame + length - at - AtaFields.LENGTH < expected ? Verdict.SHORT_READ_DATA : Verdict.ACCEPTED;
    }

    private static Verdict ethernet(ByteBuffer b, int frame, int length) {
        Verdict verdict = envelope(b, frame, length);
        boolean readable = verdict == Verdict.ACCEPTED || verdict == Verdict.SHORT_HEADER;
        return readable && EthernetHeader.isGroup(EthernetHeader.source(b, frame)) ? Verdict.GROUP_SOURCE : verdict;
    }

    /** Whether the frame is AoE and holds a whole AoE header. */
    static Verdict envelope(ByteBuffer b, int frame, int length) {
        Objects.checkFromIndexSize(frame, length, b.limit());
        if (length < EthernetHeader.LENGTH) {
            return Verdict.SHORT_ETHERNET;
        }
        int header = EthernetHeader.LENGTH;
        int type = EthernetHeader.type(b, frame);
        if (type == EthernetHeader.ETHERTYPE_VLAN) {
            header = EthernetHeader.TAGGED_LENGTH;
            if (length < header) {
                return Verdict.SHORT_ETHERNET;
            }
            type = EthernetHeader.innerType(b, frame);
        }
        if (type != EthernetHeader.ETHERTYPE_AOE) {
            return Verdict.NOT_AOE;
        }
        return length < header + AoeHeader.LENGTH ? Verdict.SHORT_HEADER : Verdict.ACCEPTED;
    }

    private static boolean isOldAnnouncement(ByteBuffer b, int at) {
        return AoeHeader.version(b, at) == 0
                && AoeHeader.command(b, at) == AoeHeader.CMD_CONFIG
                && AoeHeader.tag(b, at) == 0;
    }

    /** Whether the argument can be taken apart, in a request or a response, whatever its command wants done. */
    static Verdict structure(ByteBuffer b, int at, int size) {
        if (AoeHeader.command(b, at) == AoeHeader.CMD_MASK) {
            return mask(b, at, size, !AoeHeader.isResponse(b, at), false);
        }
        return responseBody(b, at, size);
    }

    private static Verdict responseBody(ByteBuffer b, int at, int size) {
        return switch (AoeHeader.command(b, at)) {
            case AoeHeader.CMD_ATA -> size < AtaFields.LENGTH ? Verdict.SHORT_ATA : Verdict.ACCEPTED;
            case AoeHeader.CMD_CONFIG -> config(b, at, size, false);
            case AoeHeader.CMD_MASK -> mask(b, at, size, false, false);
            case AoeHeader.CMD_RESERVE -> reserve(b, at, size, false);
            default -> unknown(b, at);
        };
    }

    private static Verdict ataRequest(ByteBuffer b, int at, int size) {
        if (size < AtaFields.LENGTH) {
            return Verdict.SHORT_ATA;
        }
        int opcode = AtaFields.command(b, at);
        int count = AtaFields.count(b, at);
        if (opcode == AtaCommand.IDENTIFY) {
            return count == 1 ? Verdict.ACCEPTED : Verdict.IDENTIFY_COUNT;
        }
        int data = AtaCommand.bytesOut(opcode, AtaFields.features(b, at), count);
        return size - AtaFields.LENGTH < data ? Verdict.SHORT_WRITE_DATA : Verdict.ACCEPTED;
    }

    private static Verdict config(ByteBuffer b, int at, int size, boolean request) {
        if (size < ConfigFields.LENGTH) {
            return Verdict.SHORT_CONFIG;
        }
        int string = ConfigFields.stringLength(b, at);
        if (string > ConfigFields.MAX_STRING) {
            return Verdict.CONFIG_TOO_LONG;
        }
        if (string > size - ConfigFields.LENGTH) {
            return Verdict.CONFIG_OVERRUN;
        }
        // A response echoes the command or not, as its target likes (spec §5).
        return request && ConfigFields.command(b, at) > ConfigFields.FORCE ? Verdict.CONFIG_COMMAND : Verdict.ACCEPTED;
    }

    private static Verdict mask(ByteBuffer b, int at, int size, boolean request, boolean checkCommand) {
        if (size < MaskFields.LENGTH) {
            return Verdict.SHORT_MASK;
        }
        if (checkCommand && MaskFields.command(b, at) > MaskFields.EDIT) {
            return Verdict.MASK_COMMAND;
        }
        // With an error the count says how many directives were done, and no list follows (spec §6).
        boolean list = MaskMessage.hasList(!request, MaskFields.error(b, at));
        int bytes = list ? MaskFields.count(b, at) * MaskFields.DIRECTIVE_LENGTH : 0;
        return bytes > size - MaskFields.LENGTH ? Verdict.MASK_OVERRUN : Verdict.ACCEPTED;
    }

    private static Verdict reserve(ByteBuffer b, int at, int size, boolean request) {
        if (size < ReserveFields.LENGTH) {
            return Verdict.SHORT_RESERVE;
        }
        if (request && ReserveFields.command(b, at) > ReserveFields.FORCE) {
            return Verdict.RESERVE_COMMAND;
        }
        int bytes = ReserveFields.count(b, at) * ReserveFields.MAC_LENGTH;
        return bytes > size - ReserveFields.LENGTH ? Verdict.RESERVE_OVERRUN : Verdict.ACCEPTED;
    }

    private static Verdict unknown(ByteBuffer b, int at) {
        return AoeHeader.command(b, at) >= AoeHeader.CMD_VENDOR_FIRST
                ? Verdict.VENDOR_COMMAND
                : Verdict.UNKNOWN_COMMAND;
    }
}
