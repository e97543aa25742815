package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kea's load generator as a relay: it offers so many exchanges of four messages in a second, and repeats none. Immutable. */
final class Perfdhcp {
    private static final Pattern RATE = Pattern.compile("Rate: ([0-9.e+]+) 4-way exchanges/second");
    private static final Pattern RECEIVED = Pattern.compile("received packets: (\\d+)");
    /** Replies that come later after the last request than this do not count, in microseconds. */
    private static final int LATE = 500_000;

    private final Path program;
    private final Room room;

    Perfdhcp(Path program, Room room) {
        this.program = program;
        this.room = room;
    }

    /**
     * What it counted.
     *
     * @param rate completed exchanges in a second, without its wait for late replies
     * @param completed exchanges
     * @param offered exchanges begun
     */
    record Count(double rate, long completed, long offered) {}

    /**
     * Clients, one after the other, and from the first on again.
     *
     * @param first the number of the first client; its network card has it as its address
     * @param clients how many there are
     * @param exchanges how many of these there are
     * @param perSecond how many exchanges are begun in a second
     */
    Count run(int first, int clients, int exchanges, int perSecond) throws IOException, InterruptedException {
        String card = String.format(
                Locale.ROOT,
                "02:01:%02x:%02x:%02x:%02x",
                first >> 24,
                first >> 16 & 0xFF,
                first >> 8 & 0xFF,
                first & 0xFF);
        List<String> command = List.of(
                program.toString(),
                "-4",
                "-l",
                room.client(),
                "-L",
                "67",
                "-r",
                Integer.toString(perSecond),
                "-R",
                Integer.toString(clients),
                "-n",
                Integer.toString(exchanges),
                "-b",
                "mac=" + card,
                "-W",
                Integer.toString(LATE),
                room.server());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IOException(command + " does not end");
        }
        return read(said, exchanges);
    }

    static Count read(String said, int offered) throws IOException {
        Matcher rate = RATE.matcher(said);
        int second = said.indexOf("REQUEST-ACK");
        Matcher received = RECEIVED.matcher(said);
        if (!rate.find() || second < 0 || !received.find(second)) {
            throw new IOException("perfdhcp said something else: " + said.strip());
        }
        long completed = Long.parseLong(received.group(1));
        // Its time includes that it waited at the end for what might be late.
        double seconds = completed / Double.parseDouble(rate.group(1)) - LATE / 1e6;
        return new Count(completed / seconds, completed, offered);
    }
}
