package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.cloud.CloudResult;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.cluster.testkit.peer.Peers;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A ping to a guest, ten times a second, and when it was answered. Thread-safe. */
final class Pinger implements AutoCloseable {
    private static final Pattern REPLY = Pattern.compile("seq=(\\d+) .*time=([0-9.]+) ms");

    private static final long NEVER = Long.MAX_VALUE;

    private final List<CloudResult.Ping> replies = new ArrayList<>();
    private final Process process;
    private final long began = System.nanoTime();
    private volatile long ended = NEVER;

    Pinger(List<String> in, String address) throws LabException {
        List<String> words = new ArrayList<>(in);
        words.addAll(List.of(
                "sh", "-c", Machine.GUARD, "sh", Peers.program("busybox").toString(), "ping", "-i", "0.1", address));
        try {
            process = new ProcessBuilder(words)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new LabException("cannot start a ping", e);
        }
        Thread reader = new Thread(this::read, "lab-ping");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher reply = REPLY.matcher(line);
                if (reply.find()) {
                    synchronized (this) {
                        replies.add(new CloudResult.Ping(
                                System.nanoTime(),
                                Integer.parseInt(reply.group(1)),
                                Double.parseDouble(reply.group(2))));
                        notifyAll();
                    }
                }
            }
        } catch (IOException e) {
            // It was ended: what it said before counts.
            return;
        }
    }

    /** Waits until so many more were answered. */
    synchronized void more(int count, Duration patience) throws InterruptedException, LabException {
        int wanted = replies.size() + count;
        long end = System.nanoTime() + patience.toNanos();
        while (replies.size() < wanted) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new LabException("the guest did not answer a ping for " + patience.toSeconds() + " s");
            }
            wait(left);
        }
    }

    synchronized List<CloudResult.Ping> replies() {
        return List.copyOf(replies);
    }

    /** The longest time without an answer between two moments, in nanoseconds. */
    synchronized long longestGap(long from, long to) {
        long longest = 0;
        long last = Math.max(from, began);
        long end = Math.min(to, ended);
        for (CloudResult.Ping reply : replies) {
            if (reply.when() > last && reply.when() <= end) {
                longest = Math.max(longest, reply.when() - last);
                last = reply.when();
            }
        }
        return Math.max(longest, end - last);
    }

    @Override
    public void close() throws IOException {
        if (ended == NEVER) {
            ended = System.nanoTime();
        }
        process.getOutputStream().close();
    }
}
