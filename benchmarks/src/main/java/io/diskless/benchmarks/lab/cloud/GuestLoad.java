package io.diskless.benchmarks.lab.cloud;

import io.diskless.aoe.initiator.AoeDisk;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a guest does to its disk, without end: writes a block, reads one, compares. It knows every byte that it may find. The
 * guest can be stopped between two requests, as a hypervisor does, and go on from another host. Thread-safe.
 */
final class GuestLoad implements AutoCloseable {
    static final int AREA = 2 << 20;
    private static final int BLOCK = 4096;

    private final Random random;
    private final byte[] expected = new byte[AREA];
    /** Fair: whoever wants to stop the guest gets his turn. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private final Condition went = turn.newCondition();
    private final Thread thread = new Thread(this::run, "lab-guest");
    private volatile AoeDisk disk;
    private volatile boolean ends;
    private long requests;
    private long failures;
    private long mismatches;
    private long longest;
    private String trouble = "";

    GuestLoad(AoeDisk first, long seed) {
        disk = first;
        random = new Random(seed);
        thread.setDaemon(true);
    }

    /** An installed system: all of the area is written, then work begins. */
    void start() throws Exception {
        random.nextBytes(expected);
        for (int at = 0; at < AREA; at += 64 * BLOCK) {
            disk.write(at, ByteBuffer.wrap(expected, at, 64 * BLOCK));
        }
        thread.start();
    }

    private void run() {
        while (!ends) {
            turn.lock();
            try {
                long began = System.nanoTime();
                once();
                longest = Math.max(longest, System.nanoTime() - began);
                requests++;
                went.signalAll();
            } finally {
                turn.unlock();
            }
        }
    }

    private void once() {
        int at = random.nextInt(AREA / BLOCK) * BLOCK;
        byte[] bytes = new byte[BLOCK];
        try {
            if (random.nextInt(3) > 0) {
                random.nextBytes(bytes);
                disk.write(at, ByteBuffer.wrap(bytes));
                System.arraycopy(bytes, 0, expected, at, BLOCK);
            } else {
                disk.read(at, ByteBuffer.wrap(bytes));
                if (!Arrays.equals(bytes, 0, BLOCK, expected, at, at + BLOCK)) {
                    mismatches++;
                    trouble = "the block at " + at + " is not what was written";
                }
            }
        } catch (java.io.IOException e) {
            failures++;
            trouble = String.valueOf(e.getMessage());
        }
    }

    /** Waits until the guest has done some more; so what happens next happens under load. */
    void goOn(long more) throws InterruptedException {
        turn.lock();
        try {
            long until = requests + more;
            while (requests < until) {
                went.await();
            }
        } finally {
            turn.unlock();
        }
    }

    /** The guest stands still between two requests, and goes on from another host; the time in nanoseconds that it stood. */
    long move(AoeDisk next) {
        turn.lock();
        try {
            long began = System.nanoTime();
            disk = next;
            return System.nanoTime() - began;
        } finally {
            turn.unlock();
        }
    }

    /** Something is done while the guest stands still. */
    <T> T still(java.util.concurrent.Callable<T> what) throws Exception {
        turn.lock();
        try {
            return what.call();
        } finally {
            turn.unlock();
        }
    }

    /** The longest request since this was asked last, in nanoseconds. */
    long longest() {
        turn.lock();
        try {
            long was = longest;
            longest = 0;
            return was;
        } finally {
            turn.unlock();
        }
    }

    long requests() {
        turn.lock();
        try {
            return requests;
        } finally {
            turn.unlock();
        }
    }

    /** Requests that failed, and reads that found what was not written; with the last trouble. */
    String wrong() {
        turn.lock();
        try {
            return failures + mismatches == 0 ? "0" : (failures + mismatches) + ": " + trouble;
        } finally {
            turn.unlock();
        }
    }

    String sha256() {
        turn.lock();
        try {
            return sha256(expected);
        } finally {
            turn.unlock();
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        ends = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
