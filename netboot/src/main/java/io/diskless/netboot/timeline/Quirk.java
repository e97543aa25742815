package io.diskless.netboot.timeline;

/** Something that clients do which looks wrong and is normal. Immutable. */
public enum Quirk {
    /** The same question with the same transaction. */
    REPEATED_QUESTION("asks again: it collects offers, or its switch port forwards late"),
    /** Option 77 without the length that RFC 3004 wants. */
    BARE_USER_CLASS("sends its user class without a length, as iPXE does"),
    /** Option 97 missing, all zeros or all ones. */
    NO_MACHINE_ID("sends no UUID, or a null one"),
    /** A TFTP request for the size alone. */
    SIZE_PROBE("asks for the size and gives up, as firmware does before it loads a file"),
    /** A name that a loader or iPXE tries although nothing is there. */
    CONFIG_LOOKUP("looks for a configuration under one name after the other"),
    /** A TFTP transfer whose last acknowledgement never came. */
    LEFT_EARLY("has the whole file and leaves without the last acknowledgement"),
    /** The connection went away. */
    RESET("ends the connection with a reset, as UEFI does"),
    /** A new program of the machine asks for an address again. */
    NEXT_PROGRAM("asks by DHCP again, as each of its programs does"),
    /** Seconds between the address and the first file. */
    WAITED(
            "waited before it went on: iPXE waits 13 s for an IPv6 router and 3 s for a ProxyDHCP server that are not there");

    private final String text;

    Quirk(String text) {
        this.text = text;
    }

    /**
     * The quirk for people.
     *
     * @return what the machine does
     */
    public String text() {
        return text;
    }
}
