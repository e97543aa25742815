package io.diskless.netboot.tftp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * A read or write request, RFC 1350 section 5 with the options of RFC 2347. Immutable.
 *
 * <pre>
 *  2 bytes   string   1   string  1   string  1   string  1
 * +--------+----------+---+------+---+--------+---+-------+---+
 * | opcode | filename | 0 | mode | 0 | option | 0 | value | 0 | ...
 * +--------+----------+---+------+---+--------+---+-------+---+
 * </pre>
 *
 * <p>Texts hold one character for each byte (ISO 8859-1), so a request encodes to the bytes it was decoded from.
 *
 * @param write whether the client wants to send (opcode 2) and not to fetch (opcode 1)
 * @param filename the name as it was sent, 1 or more characters
 * @param mode the transfer mode as it was sent, in any case
 * @param options all options in their order, unknown ones and repeated ones included
 */
public record TftpRequest(boolean write, String filename, String mode, List<Option> options) {

    /** The longest request in bytes, RFC 2347: "The maximum size of a request packet is 512 octets". */
    public static final int MAX_LENGTH = 512;

    /**
     * An option as it was sent.
     *
     * @param name its name, in any case
     * @param value its value
     */
    public record Option(String name, String value) {
        /** Checks that nothing is null. */
        public Option {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(value, "value");
        }
    }

    /** What is wrong with the bytes of a request. */
    public enum Verdict {
        /** Nothing is wrong: they can be decoded. */
        OK,
        /** Fewer bytes than an opcode. */
        TRUNCATED,
        /** The opcode is neither 1 nor 2. */
        NOT_A_REQUEST,
        /** More than {@link TftpRequest#MAX_LENGTH} bytes. */
        TOO_LONG,
        /** The last text does not end with a zero byte. */
        UNTERMINATED,
        /** The file name is empty. */
        NO_NAME,
        /** The mode is missing or empty. */
        NO_MODE,
        /** An option without a name or without its value. */
        INCOMPLETE_OPTION
    }

    /** Copies the options. */
    public TftpRequest {
        Objects.requireNonNull(filename, "filename");
        Objects.requireNonNull(mode, "mode");
        options = List.copyOf(options);
    }

    /**
     * Judges the bytes between position and limit, which do not change.
     *
     * @param bytes one whole datagram
     * @return {@link Verdict#OK}, or the first thing that is wrong
     */
    public static Verdict verdict(ByteBuffer bytes) {
        int length = bytes.remaining();
        int start = bytes.position();
        if (length < 2) {
            return Verdict.TRUNCATED;
        }
        int opcode = bytes.duplicate().getShort(start) & 0xffff;
        if (opcode != Wire.RRQ && opcode != Wire.WRQ) {
            return Verdict.NOT_A_REQUEST;
        }
        if (length > MAX_LENGTH) {
            return Verdict.TOO_LONG;
        }
        if (length == 2 || bytes.get(start + length - 1) != 0) {
            return Verdict.UNTERMINATED;
        }
        int texts = 0;
        int from = start + 2;
        for (int at = from; at < start + length; at++) {
            if (bytes.get(at) == 0) {
                // Texts are: name, mode, then pairs; of a pair only the value may be empty.
                if (at == from && texts == 0) {
                    return Verdict.NO_NAME;
                }
                if (at == from && texts == 1) {
                    return Verdict.NO_MODE;
                }
                if (at == from && texts % 2 == 0) {
                    return Verdict.INCOMPLETE_OPTION;
                }
                texts++;
                from = at + 1;
            }
        }
        return texts < 2 ? Verdict.NO_MODE : texts % 2 == 0 ? Verdict.OK : Verdict.INCOMPLETE_OPTION;
    }

    /**
     * Decodes the bytes between position and limit, which do not change.
     *
     * @param bytes one whole datagram
     * @return the request
     * @throws IllegalArgumentException where the {@link #verdict} is not OK
     */
    public static TftpRequest decode(ByteBuffer bytes) {
        Verdict verdict = verdict(bytes);
        if (verdict != Verdict.OK) {
            throw new IllegalArgumentException("expected a request, but the bytes are " + verdict);
        }
        List<String> texts = new ArrayList<>();
        byte[] all = new byte[bytes.remaining()];
        bytes.get(bytes.position(), all);
        int from = 2;
        for (int at = 2; at < all.length; at++) {
            if (all[at] == 0) {
                texts.add(new String(all, from, at - from, StandardCharsets.ISO_8859_1));
                from = at + 1;
            }
        }
        List<Option> options = new ArrayList<>();
        for (int i = 2; i < texts.size(); i += 2) {
            options.add(new Option(texts.get(i), texts.get(i + 1)));
        }
        return new TftpRequest(all[1] == Wire.WRQ, texts.get(0), texts.get(1), options);
    }

    /**
     * The bytes of this request.
     *
     * @return a new array with one whole datagram
     */
    public byte[] encode() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0);
        out.write(write ? Wire.WRQ : Wire.RRQ);
        text(out, filename);
        text(out, mode);
        for (Option option : options) {
            text(out, option.name());
            text(out, option.value());
        }
        return out.toByteArray();
    }

    /**
     * The value of an option; of a repeated one the first.
     *
     * @param name the option's name in any case, RFC 2347
     * @return its value, or nothing
     */
    public Optional<String> option(String name) {
        return options.stream()
                .filter(option -> option.name().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)))
                .map(Option::value)
                .findFirst();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        out.write(0);
    }
}
