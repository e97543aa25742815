package io.diskless.aoe.link;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.net.MacAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One Ethernet port that carries AoE frames (EtherType 0x88A2), polled by one thread.
 *
 * <p>Receiving: {@link #receive} hands out what has arrived, in order, straight from the slots. Sending: {@link #claim} a
 * slot, write the frame into it, {@link #commit} it, and after a batch {@link #flush} once. Slots leave strictly in the
 * order in which they were claimed, so a claimed slot is filled and committed before the thread does anything else.
 *
 * <p>Confined to its polling thread, except {@link #name()}, {@link #address()}, {@link #mtu()}, {@link #state()},
 * {@link #counters()}, {@link #capabilities()} and {@link #close()}, which any thread may call. {@code close()} takes effect at once; memory is
 * unmapped only when the polling thread has left the link's methods.
 */
public interface EthernetLink extends AutoCloseable {
    /**
     * The name of the interface, or of the port of a segment.
     *
     * @return for people and for options
     */
    String name();

    /**
     * The source address of what is sent. It may change while the link is open, by hand or because an interface comes
     * back with another one; {@link LinkListener#onState} tells it, if need be with the state it told before.
     *
     * @return the port's own address as it is now
     */
    MacAddress address();

    /**
     * The longest frame, without its 14 bytes of header, that can be sent now.
     *
     * @return bytes, 68 to 65535; may change, see {@link LinkListener#onMtu}
     */
    int mtu();

    /**
     * What the link can do just now.
     *
     * @return the state
     */
    LinkState state();

    /**
     * Hands received frames to the handler, until {@code limit} frames or none is left. Never blocks. Also notices changes
     * of the interface and tells the listener.
     *
     * @param handler called for each frame
     * @param limit at most this many frames, at least 1
     * @return how many frames were handed out
     */
    int receive(FrameHandler handler, int limit);

    /**
     * The next transmit slot. Claiming again without a commit returns the same slot, so a claim may simply be forgotten.
     *
     * @return a frame to fill, whose bytes are arbitrary; null if all slots are in flight ({@link #flush} and try later),
     *     and always once the link is closed
     */
    @Nullable
    Frame claim();

    /**
     * Marks the claimed slot as ready to leave. A frame that is longer than the MTU allows or shorter than its header is
     * dropped and counted. Without effect on a closed link.
     *
     * @param length bytes from the destination address on; the caller pads to 60
     * @throws IllegalStateException if no slot is claimed
     */
    void commit(int length);

    /**
     * Lets committed frames leave: one call into the system per batch. While the link is not up they are dropped and
     * counted, as Ethernet would.
     */
    void flush();

    /**
     * Free transmit slots, at least: that many {@link #claim} calls succeed without a {@link #flush}.
     *
     * @return 0 or more
     */
    int sendCapacity();

    /**
     * How many received frames the link can hold while nobody polls. A target advertises no more buffers than that.
     *
     * @return frames of full size
     */
    int receiveCapacity();

    /**
     * What was counted so far.
     *
     * @return a snapshot
     */
    LinkCounters counters();

    /**
     * What the link promises about its memory.
     *
     * @return the same for the life of the link
     */
    LinkCapabilities capabilities();

    /**
     * Replaces the listener.
     *
     * @param listener called on the polling thread
     */
    void listener(LinkListener listener);

    /**
     * Makes a waiter; see {@link LinkWaiter#of}.
     *
     * @param links this link and others of its kind
     * @return a new waiter
     */
    LinkWaiter newWaiter(List<? extends EthernetLink> links);

    /** Ends the link; idempotent. */
    @Override
    void close() throws AoeException;
}
