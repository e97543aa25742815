package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.LabException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the guest says of itself: how far its work is, how long it had to wait, and what it reads. Not thread-safe. */
final class GuestProofs {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    /** Hears of what is to be proved. */
    @FunctionalInterface
    interface Court {
        void prove(String subject, String expected, String actual);
    }

    private final GuestSystem system;
    private final Court court;
    private Machine machine;
    private int heard;

    @SuppressWarnings("NullAway.Init") // It is asked after the boot alone.
    GuestProofs(GuestSystem system, Court court) {
        this.system = system;
        this.court = court;
    }

    /** The guest runs on this machine from now on. */
    void on(Machine next) {
        machine = next;
    }

    /** Waits until its work went on by so many rounds. */
    void rounds(int more) throws LabException, InterruptedException {
        int wanted = Integer.parseInt(machine.run("cat /run/rounds")) + more;
        machine.run("until [ $(cat /run/rounds) -ge " + wanted + " ]; do sleep 0.1; done", PATIENCE);
    }

    /** The longest that a round took since this was asked last, in milliseconds. */
    long longest() throws LabException, InterruptedException {
        List<String> rounds =
                machine.run("tail -n +" + (heard + 1) + " /run/took").lines().toList();
        heard += rounds.size();
        return rounds.stream().mapToLong(Long::parseLong).max().orElse(0) * 10;
    }

    /** Reads and writes that failed or found what was not written. */
    String wrong() throws LabException, InterruptedException {
        String said = machine.run("cat /run/wrong; dmesg | grep -i 'i/o error' || true");
        return said.isEmpty() ? "none" : said;
    }

    /** Reads the file that nobody writes, off the disk. */
    void fixed(String when) throws LabException, InterruptedException {
        court.prove(
                "SHA-256 of a file that the guest reads " + when,
                sha256(system.fixed()),
                machine.run("echo 1 >/proc/sys/vm/drop_caches; sha256sum </" + GuestSystem.FIXED + " | cut -d' ' -f1"));
    }

    /** Ends its work, and tells what each of its files holds; nothing is written any more. */
    Map<String, String> stop() throws LabException, InterruptedException {
        machine.run("touch /run/stop; until [ -e /run/stopped ]; do sleep 0.1; done; sync", PATIENCE);
        Map<String, String> files = new TreeMap<>();
        machine.run("mount -o remount,ro /; echo 1 >/proc/sys/vm/drop_caches");
        machine.run("cd /data; sha256sum *").lines().forEach(line -> {
            int space = line.indexOf(' ');
            files.put(line.substring(space).strip(), line.substring(0, space));
        });
        return files;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
