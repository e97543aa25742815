package io.diskless.aoe.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.LinkWaiter;
import io.diskless.aoe.wire.EthernetHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** What {@link EthernetLinkContract} stands on: the ends of a cable, frames that are known by their number. */
abstract class LinkBench {
    /** Where the tests' serial number lies: the tag of an AoE message. */
    protected static final int SERIAL = 20;

    final List<AutoCloseable> toClose = new ArrayList<>();

    /**
     * Opens two joined links; the contract closes them.
     *
     * @param mtu of both
     * @return the ends
     * @throws Exception if it cannot be done
     */
    protected abstract EthernetLinkContract.Pair open(int mtu) throws Exception;

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable c : toClose) {
            c.close();
        }
    }

    /**
     * Closes something after the test.
     *
     * @param <T> its type
     * @param c what to close
     * @return the same
     */
    protected final <T extends AutoCloseable> T closeLater(T c) {
        toClose.add(0, c);
        return c;
    }

    EthernetLinkContract.Pair pair(int mtu) throws Exception {
        EthernetLinkContract.Pair pair = open(mtu);
        closeLater(pair.a());
        closeLater(pair.b());
        return pair;
    }

    /**
     * Claims, fills and commits one frame whose bytes follow from its serial number.
     *
     * @param from sender
     * @param destination 48 bits
     * @param serial goes into the tag
     * @param length of the frame
     */
    protected static void put(EthernetLink from, long destination, int serial, int length) {
        Frame frame = from.claim();
        assertThat(frame).as("claimed slot of " + from.name()).isNotNull();
        fill(frame.bytes(), destination, from.address().value(), serial, length);
        from.commit(length);
    }

    static void fill(ByteBuffer b, long destination, long source, int serial, int length) {
        EthernetHeader.write(b, 0, destination, source);
        b.put(14, (byte) 0x10);
        for (int i = 15; i < length; i++) {
            b.put(i, (byte) (serial * 31 + i));
        }
        b.putInt(SERIAL, serial);
    }

    static void check(Frame frame, int serial, int length) {
        ByteBuffer b = frame.bytes();
        assertThat(frame.length()).as("length of frame " + serial).isEqualTo(length);
        assertThat(b.getInt(SERIAL)).as("serial").isEqualTo(serial);
        for (int i = 24; i < length; i++) {
            if (b.get(i) != (byte) (serial * 31 + i)) {
                assertThat(b.get(i)).as("byte " + i + " of frame " + serial).isEqualTo((byte) (serial * 31 + i));
            }
        }
    }

    /**
     * Receives until a number of frames has come.
     *
     * @param link receiver
     * @param count how many
     * @return their serial numbers, in order
     */
    protected static List<Integer> serials(EthernetLink link, int count) {
        List<Integer> serials = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(link))) {
            while (serials.size() < count) {
                link.receive(f -> serials.add(f.bytes().getInt(SERIAL)), count - serials.size());
                if (System.nanoTime() > end) {
                    throw new AssertionError("expected " + count + " frames on " + link.name() + ", got " + serials
                            + "; counters " + link.counters());
                }
                if (serials.size() < count) {
                    waiter.await(TimeUnit.MILLISECONDS.toNanos(50));
                }
            }
        }
        return serials;
    }
}
