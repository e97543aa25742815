package io.diskless.netboot.http;

/**
 * What a server has done since it was opened. Immutable.
 *
 * @param answered requests answered with a file or a part of one, or with what is known of it
 * @param refused requests answered with another status
 * @param broken answers whose client went away before the end
 * @param octets of files, as far as the system took them for whole answers
 * @param open connections now
 */
public record HttpCounters(long answered, long refused, long broken, long octets, int open) {
    /** Nothing was done. */
    public static final HttpCounters NONE = new HttpCounters(0, 0, 0, 0, 0);

    /**
     * What two servers have done together.
     *
     * @param other the other one's counters
     * @return the sums
     */
    public HttpCounters plus(HttpCounters other) {
        return new HttpCounters(
                answered + other.answered,
                refused + other.refused,
                broken + other.broken,
                octets + other.octets,
                open + other.open);
    }
}
