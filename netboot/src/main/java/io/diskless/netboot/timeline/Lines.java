package io.diskless.netboot.timeline;

/** Texts of events. Thread-safe. */
final class Lines {
    private Lines() {}

    /** Clients' bytes must not steer a terminal or break a line. */
    static String printable(String text) {
        return text.replaceAll("[^ -~]", "?");
    }

    static String file(String bootFile) {
        return bootFile.isEmpty() ? "" : ", boot file " + printable(bootFile);
    }
}
