package io.diskless.benchmarks.load;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The least that an AoE client can be: a tight loop over a link that keeps a number of requests under way. No congestion
 * control, no estimator, no buffers of anybody: what a write carries is what happens to lie in the slot. It is the neutral
 * client of the contests, and the ceiling for our initiator.
 *
 * <p>Not thread-safe: one thread, which spins.
 */
public final class BareRequester {
    /** A request without an answer for so long is lost and sent again; a busy machine may let a target wait for less. */
    private static final long LOST_NANOS = 200_000_000L;

    private static final int READ_EXT = 0x24;
    private static final int WRITE_EXT = 0x34;
    private static final int TAG_BASE = 0x8000_0000;

    private final EthernetLink[] links;
    private final long[] remotes;
    private final AoeAddress address;
    private final long sectorsOfDisk;
    private final Histogram latency = new Histogram(10_000_000_000L, 3);

    private long[] sentAt = {};
    private int[] tags = {};
    private long random = 0x9E37_79B9_7F4A_7C15L;
    private boolean write;
    private int sectors;
    private long answered;
    private long failed;
    private int done;
    private int[] idle = {};
    private int turn;

    /**
     * A way to the target.
     *
     * @param link our port; polled by the thread that calls {@link #burst}
     * @param remote the target's MAC address at the other end
     */
    public record Way(EthernetLink link, MacAddress remote) {}

    /**
     * A requester for one target over one link.
     *
     * @param link the port; polled by the thread that calls {@link #burst}
     * @param remote the target's MAC address
     * @param address the target's shelf and slot
     * @param sectorsOfDisk requests stay below this sector
     */
    public BareRequester(EthernetLink link, MacAddress remote, AoeAddress address, long sectorsOfDisk) {
        this(List.of(new Way(link, remote)), address, sectorsOfDisk);
    }

    /**
     * A requester for one target over several links, among which the requests under way are divided evenly.
     *
     * @param ways at least one
     * @param address the target's shelf and slot
     * @param sectorsOfDisk requests stay below this sector
     */
    public BareRequester(List<Way> ways, AoeAddress address, long sectorsOfDisk) {
        links = ways.stream().map(Way::link).toArray(EthernetLink[]::new);
        remotes = ways.stream().mapToLong(way -> way.remote().value()).toArray();
        this.address = address;
        this.sectorsOfDisk = sectorsOfDisk;
    }

    /**
     * What one burst gave.
     *
     * @param requests answered
     * @param nanos how long the burst took
     * @param repeated requests sent again because no answer came
     * @param failed answers with an error
     * @param p50 median latency, ns
     * @param p99 ns
     */
    public record Burst(long requests, long nanos, long repeated, long failed, long p50, long p99) {
        /** {@return requests per second} */
        public double perSecond() {
            return requests * 1e9 / nanos;
        }
    }

    /**
     * Runs requests of one kind at random, aligned places.
     *
     * @param depth requests under way, at most what the link can send and receive at once
     * @param sectorsPerRequest 1 to 255, at most what the MTU takes
     * @param writes whether to write; else read
     * @param nanos how long; the requests under way at the end are waited for
     * @return the figures
     */
    public Burst burst(int depth, int sectorsPerRequest, boolean writes, long nanos) {
        write = writes;
        sectors = sectorsPerRequest;
        sentAt = new long[depth];
        tags = new int[depth];
        idle = new int[depth];
        answered = 0;
        failed = 0;
        latency.reset();
        long repeated = 0;
        // Whatever is left of an earlier burst is nobody's answer.
        for (EthernetLink link : links) {
            while (link.receive(frame -> {}, 64) > 0) {}
        }

        long start = System.nanoTime();
        long end = start + nanos;
        for (int i = 0; i < depth; i++) {
            send(i, true);
        }
        flush();
        int underWay = depth;
        long lastAnswer = start;
        while (underWay > 0) {
            done = 0;
            for (EthernetLink link : links) {
                link.receive(this::onFrame, 64);
            }
            long now = System.nanoTime();
            if (done > 0) {
                lastAnswer = now;
                for (int i = 0; i < done; i++) {
                    if (now < end) {
                        send(idle[i], true);
                    } else {
                        underWay--;
                    }
                }
                flush();
            } else if (now - lastAnswer > LOST_NANOS) {
                for (int i = 0; i < depth; i++) {
                    if (sentAt[i] != 0) {
                        send(i, false);
                        repeated++;
                    }
                }
                flush();
                lastAnswer = now;
                if (now - end > 25 * LOST_NANOS) {
                    throw new IllegalStateException(underWay + " requests were never answered by " + address);
                }
            } else {
                Thread.onSpinWait();
            }
        }
        long took = System.nanoTime() - start;
        return new Burst(
                answered, took, repeated, failed, latency.getValueAtPercentile(50), latency.getValueAtPercentile(99));
    }

    private void flush() {
        for (EthernetLink link : links) {
            link.flush();
        }
    }

    private void send(int index, boolean fresh) {
        EthernetLink link = links[index % links.length];
        long remote = remotes[index % links.length];
        Frame frame = claim(link);
        int length = AtaFields.DATA_AT + (write ? sectors * 512 : 0);
        EthernetHeader.write(frame.bytes(), 0, remote, link.address().value());
        if (fresh) {
            // A new tag for each request, so that a late copy of an answer is not taken for the next one's.
            turn = (turn + 1) & 0x7FFFF;
            tags[index] = TAG_BASE | (turn << 12) | index;
            sentAt[index] = System.nanoTime();
        }
        AoeHeader.write(
                frame.bytes(), AoeHeader.AT, 0, 0, address.shelf(), address.slot(), AoeHeader.CMD_ATA, tags[index]);
        int flags = AtaFields.FLAG_EXTENDED | (write ? AtaFields.FLAG_WRITE : 0);
        AtaFields.write(frame.bytes(), AoeHeader.AT, flags, 0, sectors, write ? WRITE_EXT : READ_EXT, place(index));
        link.commit(EthernetHeader.pad(frame.bytes(), 0, length));
    }

    private static Frame claim(EthernetLink link) {
        while (true) {
            @Nullable Frame frame = link.claim();
            if (frame != null) {
                return frame;
            }
            link.flush();
        }
    }

    /** A random place in a slice of the disk that belongs to this index: writes never overlap. */
    private long place(int index) {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        long blocks = sectorsOfDisk / sectors / sentAt.length;
        return (index * blocks + Long.remainderUnsigned(random, blocks)) * sectors;
    }

    private void onFrame(Frame frame) {
        if (frame.length() < AtaFields.DATA_AT || !AoeHeader.isResponse(frame.bytes(), AoeHeader.AT)) {
            return;
        }
        int tag = AoeHeader.tag(frame.bytes(), AoeHeader.AT);
        int index = tag & 0xFFF;
        if (index >= sentAt.length || sentAt[index] == 0 || tags[index] != tag) {
            return;
        }
        boolean bad = AoeHeader.isError(frame.bytes(), AoeHeader.AT)
                || (AtaFields.status(frame.bytes(), AoeHeader.AT) & 0xA9) != 0
                || (!write && frame.length() < AtaFields.DATA_AT + sectors * 512);
        if (bad) {
            failed++;
        }
        latency.recordValue(System.nanoTime() - sentAt[index]);
        answered++;
        sentAt[index] = 0;
        idle[done++] = index;
    }

    /** {@return the latencies of the last burst, ns} */
    public Histogram latency() {
        return latency.copy();
    }

    @Override
    public String toString() {
        return "BareRequester[" + address + " at " + MacAddress.of(remotes[0]) + ", tags " + Arrays.toString(tags)
                + "]";
    }
}
