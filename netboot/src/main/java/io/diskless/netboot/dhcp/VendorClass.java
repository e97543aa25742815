package io.diskless.netboot.dhcp;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Option 60: {@code PXEClient:Arch:NNNNN:UNDI:MMMmmm}, the same with {@code HTTPClient}, the bare word, or any other
 * text. Immutable.
 *
 * @param kind what the text begins with
 * @param text the whole text
 * @param architecture the number after {@code Arch:}, if it is there
 * @param undi the number after {@code UNDI:}, major version times 1000 plus minor, if it is there
 */
public record VendorClass(Kind kind, String text, OptionalInt architecture, OptionalInt undi) {
    /** Whose class it is. */
    public enum Kind {
        /** A PXE client. */
        PXE,
        /** A client of UEFI's HTTP boot. */
        HTTP,
        /** Anything else: an operating system, a telephone. */
        OTHER
    }

    private static final Pattern FORM =
            Pattern.compile("(PXEClient|HTTPClient)(?::Arch:(\\d{5}))?(?::UNDI:(\\d{6}))?(?::.*)?", Pattern.DOTALL);

    /**
     * Reads a class.
     *
     * @param text what option 60 holds
     * @return the class; one of {@link Kind#OTHER} for any unknown text
     */
    public static VendorClass parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return new VendorClass(Kind.OTHER, text, OptionalInt.empty(), OptionalInt.empty());
        }
        Kind kind = text.startsWith("PXE") ? Kind.PXE : Kind.HTTP;
        return new VendorClass(kind, text, number(form, 2, 0xFFFF), number(form, 3, 999_999));
    }

    private static OptionalInt number(Matcher form, int group, int max) {
        String digits = form.group(group);
        if (digits == null) {
            return OptionalInt.empty();
        }
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            number = number * 10 + Character.digit(digits.charAt(i), 10);
        }
        return number > max ? OptionalInt.empty() : OptionalInt.of(number);
    }
}
