package io.diskless.netboot.tftp;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Which names a client may ask for at all, before anything is looked up. Thread-safe. */
final class Names {
    private Names() {}

    /**
     * A name from the wire as a relative path, or nothing where it is refused. One leading slash goes: GRUB sends
     * {@code /vmlinuz} and means a place below the root. Bytes that are UTF-8 become characters.
     *
     * @param backslashes whether a backslash separates parts, as Windows' boot managers write them
     */
    static Optional<String> relative(String wire, boolean backslashes) {
        String name = new String(wire.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        if (backslashes) {
            name = name.replace('\\', '/');
        }
        if (name.startsWith("/")) {
            name = name.substring(1);
        }
        // A replacement character stands for bytes that are not UTF-8; a colon is a drive or a stream on Windows.
        if (name.chars().anyMatch(c -> Character.isISOControl(c) || c == '\\' || c == ':' || c == '\ufffd')) {
            return Optional.empty();
        }
        for (String part : name.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return Optional.empty();
            }
        }
        return Optional.of(name);
    }
}
