package io.diskless.netboot.http;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** What a request's target names. Immutable. */
final class Paths {
    private Paths() {}

    /**
     * The name below the root, or nothing where the target would lead elsewhere: a part that is {@code ..} or {@code .}, a
     * backslash, a control character, a bad escape. Empty parts, of doubled slashes, are left out: a redirect would stop firmware.
     */
    static Optional<String> name(String target) {
        int end = target.indexOf('?') < 0 ? target.length() : target.indexOf('?');
        StringBuilder name = new StringBuilder();
        Optional<String> decoded = decode(target.substring(0, end));
        if (!target.startsWith("/") || decoded.isEmpty()) {
            return Optional.empty();
        }
        for (String part : decoded.get().split("/", -1)) {
            if (part.equals("..") || part.equals(".")) {
                return Optional.empty();
            }
            if (!part.isEmpty()) {
                name.append(name.isEmpty() ? "" : "/").append(part);
            }
        }
        return name.isEmpty() ? Optional.empty() : Optional.of(name.toString());
    }

    private static Optional<String> decode(String escaped) {
        byte[] octets = new byte[escaped.length()];
        int length = 0;
        for (int i = 0; i < escaped.length(); i++) {
            int c = escaped.charAt(i);
            if (c == '%') {
                int high = i + 2 < escaped.length() ? Character.digit(escaped.charAt(i + 1), 16) : -1;
                int low = i + 2 < escaped.length() ? Character.digit(escaped.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return Optional.empty();
                }
                c = high << 4 | low;
                i += 2;
            }
            if (c < ' ' || c == '\\' || c == ':' || c == 0x7F || c > 0xFF) {
                return Optional.empty();
            }
            octets[length++] = (byte) c;
        }
        return Optional.of(new String(octets, 0, length, StandardCharsets.UTF_8));
    }

    /** UEFI 2.10 §24.7: what firmware does with a file hangs on its type. */
    static String type(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".efi")) {
            return "application/efi";
        }
        if (lower.endsWith(".iso")) {
            return "application/vnd.efi-iso";
        }
        if (lower.endsWith(".img")) {
            return "application/vnd.efi-img";
        }
        return lower.endsWith(".ipxe") ? "text/plain" : "application/octet-stream";
    }
}
