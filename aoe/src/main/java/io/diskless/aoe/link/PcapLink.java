package io.diskless.aoe.link;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.net.pcap.PcapFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A link that keeps a capture of its frames, and the way back: playing a capture.
 *
 * <p>{@link #tee} records everything that another link receives and sends; {@link #replay} sends the frames of a capture
 * from any link, for instance from a port of an {@link EthernetSegment}.
 *
 * <p>Confined as {@link EthernetLink} says.
 */
public final class PcapLink implements EthernetLink {
    private final EthernetLink inner;
    private final PcapFile.Writer writer;
    private final LongSupplier epochNanos;
    private @Nullable Frame claimed;

    private PcapLink(EthernetLink inner, PcapFile.Writer writer, LongSupplier epochNanos) {
        this.inner = inner;
        this.writer = writer;
        this.epochNanos = epochNanos;
    }

    /**
     * Records what a link sees: frames before their handler, and frames when they are committed, whether or not they can
     * leave. Adds a copy to each frame. The link is the caller's no more: closing this one closes it.
     *
     * @param link to record
     * @param file is replaced if it exists
     * @param epochNanos wall clock in nanoseconds since 1970
     * @return a link to use in its place
     * @throws AoeException IO if the file cannot be made
     */
    public static PcapLink tee(EthernetLink link, Path file, LongSupplier epochNanos) throws AoeException {
        Objects.requireNonNull(epochNanos, "epochNanos");
        try {
            return new PcapLink(link, PcapFile.create(file), epochNanos);
        } catch (IOException e) {
            throw new AoeException(AoeException.Kind.IO, "making capture " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Sends the AoE frames of a capture from a link, in order and as fast as it takes them.
     *
     * @param file to play
     * @param from where they leave; frames that its MTU does not allow are dropped and counted there
     * @param source only frames from this address; null for all
     * @return how many frames were committed
     * @throws AoeException CORRUPT if the file is no capture or a damaged one, after all frames before the damage were
     *     sent; IO if it cannot be read; CLOSED if the link was closed
     */
    public static long replay(Path file, EthernetLink from, @Nullable MacAddress source) throws AoeException {
        long[] count = {0};
        PcapFile.Visitor player = (nanos, bytes, captured, original) -> {
            boolean wanted = captured == original
                    && captured >= EthernetHeader.LENGTH
                    && EthernetHeader.type(bytes, 0) == EthernetHeader.ETHERTYPE_AOE
                    && (source == null || EthernetHeader.source(bytes, 0) == source.value());
            Frame frame = wanted && from.state() != LinkState.CLOSED ? from.claim() : null;
            if (frame == null && wanted && from.state() != LinkState.CLOSED) {
                from.flush();
                frame = from.claim();
            }
            if (frame != null && captured <= frame.bytes().capacity()) {
                frame.bytes().put(0, bytes, 0, captured);
                from.commit(captured);
                count[0]++;
            }
        };
        try {
            PcapFile.read(file, player);
        } catch (PcapFile.FormatException e) {
            throw new AoeException(AoeException.Kind.CORRUPT, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new AoeException(AoeException.Kind.IO, "reading capture " + file + ": " + e.getMessage(), e);
        }
        if (from.state() == LinkState.CLOSED) {
            throw new AoeException(AoeException.Kind.CLOSED, "link " + from.name() + " was closed during the replay");
        }
        from.flush();
        return count[0];
    }

    /** What a waiter has to wait for. */
    static EthernetLink bare(EthernetLink link) {
        return link instanceof PcapLink tee ? bare(tee.inner) : link;
    }

    private void record(Frame frame, int length) {
        try {
            if (inner.state() == LinkState.CLOSED) {
                return; // its writer is closed, or about to be
            }
            writer.write(epochNanos.getAsLong(), frame.bytes(), length);
        } catch (AsynchronousCloseException e) {
            throw new UncheckedIOException(e); // interrupted in the middle of writing
        } catch (ClosedChannelException e) {
            return; // another thread closed the link meanwhile
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public MacAddress address() {
        return inner.address();
    }

    @Override
    public int mtu() {
        return inner.mtu();
    }

    @Override
    public LinkState state() {
        return inner.state();
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if the capture cannot be written
     */
    @Override
    public int receive(FrameHandler handler, int limit) {
        return inner.receive(
                frame -> {
                    record(frame, frame.length());
                    handler.onFrame(frame);
                },
                limit);
    }

    @Override
    public @Nullable Frame claim() {
        claimed = inner.claim();
        return claimed;
    }

    @Override
    public void commit(int length) {
        Frame frame = claimed;
        claimed = null;
        if (frame != null && length >= 0 && length <= frame.bytes().capacity()) {
            try {
                record(frame, length);
            } finally {
                // What cannot be recorded is sent all the same: a claimed frame that stays would block the link.
                inner.commit(length);
            }
            return;
        }
        inner.commit(length);
    }

    @Override
    public void flush() {
        inner.flush();
    }

    @Override
    public int sendCapacity() {
        return inner.sendCapacity();
    }

    @Override
    public int receiveCapacity() {
        return inner.receiveCapacity();
    }

    @Override
    public LinkCounters counters() {
        return inner.counters();
    }

    @Override
    public LinkCapabilities capabilities() {
        return inner.capabilities();
    }

    @Override
    public void listener(LinkListener newListener) {
        Objects.requireNonNull(newListener, "newListener");
        inner.listener(new LinkListener() {
            @Override
            public void onState(EthernetLink link, LinkState state) {
                newListener.onState(PcapLink.this, state);
            }

            @Override
            public void onMtu(EthernetLink link, int mtu) {
                newListener.onMtu(PcapLink.this, mtu);
            }
        });
    }

    @Override
    public LinkWaiter newWaiter(List<? extends EthernetLink> links) {
        return inner.newWaiter(links);
    }

    @Override
    public void close() throws AoeException {
        try (writer) {
            inner.close();
        } catch (AoeException e) {
            throw e;
        } catch (IOException e) {
            throw new AoeException(AoeException.Kind.IO, "closing a capture: " + e.getMessage(), e);
        }
    }
}
