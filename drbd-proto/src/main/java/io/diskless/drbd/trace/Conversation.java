package io.diskless.drbd.trace;

import io.diskless.cluster.net.Octets;
import io.diskless.cluster.net.pcap.PcapFile;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.packet.FeaturesPacket;
import io.diskless.drbd.wire.packet.PacketFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads captured DRBD conversations: pairs of TCP connections between hosts, whichever ports they use. What is not DRBD in
 * the capture is passed over. A capture may begin and end in the middle; what that cuts is told of.
 *
 * <p>Which dialect the packets are in is learned from the features that both sides send, and where these were not
 * captured from the headers. Several resources between the same two hosts are told apart by their ports; they are
 * expected to have agreed on the same dialect.
 *
 * <p>Not thread-safe.
 */
public final class Conversation {
    private final Consumer<? super TraceEvent> listener;
    private final Map<String, Agreement> agreements = new HashMap<>();
    private final Map<Reassembler.Flow, FlowDecoder> decoders = new HashMap<>();
    private final Map<FlowDecoder, Reassembler.Flow> flows = new HashMap<>();
    private final Reassembler streams = new Reassembler(new Streams());
    /** Connections without a packet so far: perhaps they are something else. */
    private final Map<String, TraceEvent> opened = new HashMap<>();

    private final Set<String> talking = new HashSet<>();
    private long now;

    private Conversation(Consumer<? super TraceEvent> listener) {
        this.listener = listener;
    }

    /**
     * Reads a capture from its beginning to its end.
     *
     * @param pcap classic pcap file of Ethernet frames
     * @param listener called for each event, in order
     * @throws PcapFile.FormatException if it is no capture or a damaged one, after all before the damage was told of
     * @throws IOException if it cannot be read
     */
    public static void read(Path pcap, Consumer<? super TraceEvent> listener) throws IOException {
        Conversation conversation = new Conversation(Objects.requireNonNull(listener, "listener"));
        PcapFile.read(pcap, (nanos, bytes, captured, original) -> {
            conversation.now = nanos;
            conversation.streams.frame(nanos, bytes, captured);
        });
        conversation.end();
    }

    private void end() {
        for (Reassembler.Flow flow : streams.flows()) {
            streams.skipHole(now, flow);
            FlowDecoder decoder = decoders.get(flow);
            if (decoder != null) {
                decoder.end(agreement(flow));
            }
        }
    }

    private Agreement agreement(Reassembler.Flow flow) {
        String key =
                List.of(flow.fromHost, flow.toHost).stream().sorted().toList().toString();
        return agreements.computeIfAbsent(key, k -> new Agreement());
    }

    private static String connection(Reassembler.Flow flow) {
        return flow.from.compareTo(flow.to) < 0 ? flow.from + ' ' + flow.to : flow.to + ' ' + flow.from;
    }

    private FlowDecoder decoder(Reassembler.Flow flow) {
        return decoders.computeIfAbsent(flow, f -> {
            FlowDecoder decoder = new FlowDecoder(new Packets());
            flows.put(decoder, f);
            return decoder;
        });
    }

    private Reassembler.Flow flow(FlowDecoder decoder) {
        return Objects.requireNonNull(flows.get(decoder), "flow");
    }

    /** The other direction of the same connection is on the same socket. */
    private void shareSocket(Reassembler.Flow flow, SocketKind socket) {
        for (Reassembler.Flow other : streams.flows()) {
            if (other.from.equals(flow.to) && other.to.equals(flow.from)) {
                decoder(other).socket(socket);
            }
        }
    }

    private final class Streams implements Reassembler.Sink {
        @Override
        public void opened(long nanos, Reassembler.Flow initiator) {
            talking.remove(connection(initiator));
            opened.put(connection(initiator), new TraceEvent.Opened(nanos, initiator.from, initiator.to));
        }

        @Override
        public void data(long nanos, Reassembler.Flow flow, byte[] bytes) {
            decoder(flow).feed(bytes, agreement(flow));
        }

        @Override
        public void lost(long nanos, Reassembler.Flow flow, long bytes) {
            decoder(flow).lost(bytes);
        }

        @Override
        public void closed(long nanos, Reassembler.Flow flow, boolean reset) {
            if (talking.contains(connection(flow))) {
                listener.accept(new TraceEvent.Closed(nanos, flow.from, flow.to, reset));
            }
        }
    }

    private final class Packets implements FlowDecoder.Sink {
        @Override
        public void packet(FlowDecoder decoder, Dialect dialect, PacketFrame frame, Octets bytes) {
            Reassembler.Flow flow = flow(decoder);
            if (talking.add(connection(flow))) {
                TraceEvent before = opened.remove(connection(flow));
                if (before != null) {
                    listener.accept(before);
                }
            }
            decoder.socket().ifPresent(socket -> shareSocket(flow, socket));
            listener.accept(new TraceEvent.Seen(now, flow.from, flow.to, decoder.socket(), dialect, frame, bytes));
            if (frame.packet() instanceof FeaturesPacket features) {
                Agreement agreement = agreement(flow);
                if (agreement.offer(flow.from, flow.to, features)) {
                    listener.accept(new TraceEvent.Agreed(now, flow.from, flow.to, agreement.dialect()));
                }
            }
        }

        @Override
        public void cut(FlowDecoder decoder, long count, long missing, String why) {
            Reassembler.Flow flow = flow(decoder);
            listener.accept(new TraceEvent.Cut(now, flow.from, flow.to, count, missing, why));
        }
    }
}
