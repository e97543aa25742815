package io.diskless.aoe.cli;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Bytes of strangers, made fit for a terminal. */
final class Text {
    private Text() {}

    /** Control characters and quotes become escapes: a config string may hold anything. */
    static String printable(String text) {
        StringBuilder clean = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
                clean.append(c);
            } else {
                clean.append(String.format(Locale.ROOT, c < 0x100 ? "\\x%02x" : "\\u%04x", (int) c));
            }
        }
        return clean.toString();
    }

    /** Config strings are bytes; as text they are ISO 8859-1, which loses none of them. */
    static String ofBytes(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
