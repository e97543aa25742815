package io.diskless.drbd.testkit;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the kernel says of one of its volumes in {@code /proc/drbd}. States are the kernel's own words. Immutable.
 *
 * @param minor the volume's device is {@code /dev/drbdMINOR}
 * @param connection {@code WFConnection}, {@code Connected}, {@code SyncSource}, …
 * @param role its role: {@code Primary} or {@code Secondary}
 * @param peerRole the peer's role, {@code Unknown} without a connection
 * @param disk the state of its disk
 * @param peerDisk the state of the peer's disk, {@code DUnknown} without a connection
 * @param protocol {@code A}, {@code B} or {@code C}; a blank without a connection
 * @param counters the numbers of the second line by their names: {@code ns}, {@code nr}, {@code dw}, {@code dr},
 *     {@code al}, {@code bm}, {@code lo}, {@code pe}, {@code ua}, {@code ap}, {@code ep}, {@code oos} (KiB out of sync)
 * @param line all of it, for messages
 */
public record KernelStatus(
        int minor,
        String connection,
        String role,
        String peerRole,
        String disk,
        String peerDisk,
        char protocol,
        Map<String, Long> counters,
        String line) {

    private static final Pattern LINE = Pattern.compile(
            "(?m)^ *(\\d+): cs:(\\w+) ro:(\\w+)/(\\w+) ds:(\\w+)/(\\w+) ([ABC ]) \\S+\\s+([^\\n]*(?:\\n(?! *\\d+: )[^\\n]*)*)");

    private static final Pattern COUNTER = Pattern.compile("\\b([a-z]+):(\\d+)");

    /** Finds a volume in the text of {@code /proc/drbd}; nothing where it is not configured. */
    public static Optional<KernelStatus> find(String text, int minor) {
        Matcher line = LINE.matcher(text);
        while (line.find()) {
            if (Integer.parseInt(line.group(1)) == minor) {
                Map<String, Long> counters = new HashMap<>();
                Matcher counter = COUNTER.matcher(line.group(8));
                while (counter.find()) {
                    counters.put(counter.group(1), Long.parseLong(counter.group(2)));
                }
                return Optional.of(new KernelStatus(
                        minor,
                        line.group(2),
                        line.group(3),
                        line.group(4),
                        line.group(5),
                        line.group(6),
                        line.group(7).charAt(0),
                        Map.copyOf(counters),
                        line.group().strip()));
            }
        }
        return Optional.empty();
    }

    /** Whether connection and both disks are these, as in {@code is("Connected", "UpToDate/UpToDate")}. */
    public boolean is(String wantedConnection, String disks) {
        return connection.equals(wantedConnection) && (disk + "/" + peerDisk).equals(disks);
    }

    /** How many KiB are out of sync. */
    public long outOfSyncKiB() {
        return counters.getOrDefault("oos", 0L);
    }

    @Override
    public String toString() {
        return line;
    }
}
