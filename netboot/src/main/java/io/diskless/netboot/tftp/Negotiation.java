package io.diskless.netboot.tftp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What server and client agree on, RFC 2347 to 2349 and 7440. An option that is unknown, malformed or out of range is left
 * out of the answer and has its default. Immutable.
 *
 * @param blockSize bytes in a full block
 * @param windowSize blocks sent for one acknowledgement
 * @param timeoutSeconds the first wait for an answer, where the client said one
 * @param answer the options to acknowledge, in the order of the request; empty: no OACK
 */
record Negotiation(int blockSize, int windowSize, OptionalInt timeoutSeconds, Map<String, String> answer) {

    /** RFC 1350. */
    static final int DEFAULT_BLOCK = 512;

    Negotiation {
        answer = Collections.unmodifiableMap(new LinkedHashMap<>(answer));
    }

    /**
     * Answers a request.
     *
     * @param size bytes of the content in octet mode, or -1 where nobody knows (netascii, generated); of what a client
     *     writes, what it says itself
     * @param windowed whether more than one block may be under way (not to a client in netascii, which cannot seek)
     */
    static Negotiation of(TftpRequest request, long size, boolean windowed, TftpServerOptions limits) {
        int block = DEFAULT_BLOCK;
        // RFC 2348: 8 to 65464.
        Optional<Integer> wantedBlock = number(request, "blksize", 8, 65464);
        if (wantedBlock.isPresent()) {
            block = Math.min(wantedBlock.get(), limits.maxBlockSize());
        }
        // RFC 7440: 1 to 65535. A window must fit the receiver's socket buffer, so its bytes are bounded too.
        Optional<Integer> wantedWindow = windowed ? number(request, "windowsize", 1, 65535) : Optional.empty();
        int window = 1;
        if (wantedWindow.isPresent()) {
            window = Math.max(1, Math.min(wantedWindow.get(), limits.maxWindowBytes() / block));
        }
        // RFC 2349: 1 to 255 seconds, acknowledged as it is or not at all.
        Optional<Integer> timeout = number(request, "timeout", 1, 255);
        Map<String, String> answer = new LinkedHashMap<>();
        for (TftpRequest.Option option : request.options()) {
            String name = option.name().toLowerCase(Locale.ROOT);
            switch (name) {
                case "blksize" -> {
                    if (wantedBlock.isPresent()) {
                        answer.put(name, Integer.toString(block));
                    }
                }
                case "windowsize" -> {
                    if (wantedWindow.isPresent()) {
                        answer.put(name, Integer.toString(window));
                    }
                }
                case "timeout" -> timeout.ifPresent(seconds -> answer.put(name, Integer.toString(seconds)));
                case "tsize" -> {
                    if (size >= 0) {
                        answer.put(name, Long.toString(size));
                    }
                }
                default -> {
                    // RFC 2347: an option that the server does not know is left out.
                }
            }
        }
        return new Negotiation(
                block, window, timeout.isPresent() ? OptionalInt.of(timeout.get()) : OptionalInt.empty(), answer);
    }

    /** RFC 2349: in a write request, the bytes that will come; -1 where the client does not say. */
    static long announced(TftpRequest request) {
        // 18 digits are less than a long holds.
        return request.option("tsize")
                .filter(text -> text.length() <= 18)
                .filter(Negotiation::isNumber)
                .map(Long::parseLong)
                .orElse(-1L);
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static Optional<Integer> number(TftpRequest request, String name, int least, int most) {
        return request.option(name)
                .filter(text -> text.length() <= 9)
                .filter(Negotiation::isNumber)
                .map(Integer::parseInt)
                .filter(value -> value >= least && value <= most);
    }
}
