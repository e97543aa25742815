package io.diskless.netboot.simulate;

import java.net.Inet4Address;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A boot that is over. Immutable.
 *
 * @param end where it led
 * @param address the machine's address; empty if it got none
 * @param files what was loaded, in order
 * @param steps what happened, for people
 */
public record BootRun(BootEnd end, Optional<Inet4Address> address, List<Fetched> files, List<String> steps) {
    /**
     * A file that was loaded.
     *
     * @param url as the client named it
     * @param length octets
     * @param crc32 of its content (ISO 3309), to compare without keeping it
     */
    public record Fetched(String url, long length, long crc32) {
        /** Insists on a name. */
        public Fetched {
            Objects.requireNonNull(url, "url");
        }
    }

    /** Copies the lists. */
    public BootRun {
        Objects.requireNonNull(end, "end");
        Objects.requireNonNull(address, "address");
        files = List.copyOf(files);
        steps = List.copyOf(steps);
    }
}
