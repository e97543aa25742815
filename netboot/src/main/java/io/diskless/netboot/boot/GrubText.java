package io.diskless.netboot.boot;

/** Words for a GRUB script. What GRUB's shell takes for itself gets a backslash; quotes stay as they are, for they hold words together. */
final class GrubText {
    /** Special to GRUB's shell outside of quotes (GRUB manual, "Writing full configuration files directly"). */
    private static final String SPECIAL = "{}|&$;<>#";

    private GrubText() {}

    /** The text so that the command hears it as it is. */
    static String of(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                // What the caller has escaped himself.
                out.append(c);
                if (++i < text.length()) {
                    out.append(text.charAt(i));
                }
                continue;
            }
            boolean special = quote == 0 ? SPECIAL.indexOf(c) >= 0 : quote == '"' && c == '$';
            out.append(special ? "\\" : "").append(c);
            if (c == '"' || c == '\'') {
                quote = quote == 0 ? c : quote == c ? 0 : quote;
            }
        }
        return out.toString();
    }
}
