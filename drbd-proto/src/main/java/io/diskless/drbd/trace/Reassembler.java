package io.diskless.drbd.trace;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts TCP streams of captured Ethernet frames together: IPv4 and IPv6, with or without a VLAN tag, one flow for each
 * direction of a connection. Repeated segments are dropped, early ones wait. A hole that is not filled before 4 MiB wait
 * behind it was lost by the capture: it is told of, and the flow goes on behind it. Not thread-safe.
 */
final class Reassembler {
    /** Told of what happens, flow by flow. */
    interface Sink {
        void opened(long nanos, Flow initiator);

        void data(long nanos, Flow flow, byte[] bytes);

        void lost(long nanos, Flow flow, long bytes);

        void closed(long nanos, Flow flow, boolean reset);
    }

    /** One direction of a connection. */
    static final class Flow {
        final String from;
        final String to;
        final String fromHost;
        final String toHost;
        private int next;
        private boolean started;
        private boolean ended;
        private long waitingBytes;
        private final TreeMap<Long, byte[]> waiting = new TreeMap<>();
        /** Stream position of {@link #next}, so that early segments can be sorted. */
        private long position;

        private Flow(String fromHost, int fromPort, String toHost, int toPort) {
            this.fromHost = fromHost;
            this.toHost = toHost;
            from = endpoint(fromHost, fromPort);
            to = endpoint(toHost, toPort);
        }

        private static String endpoint(String host, int port) {
            return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
        }
    }

    private static final int ETHERNET = 14;
    private static final int VLAN = 0x8100;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int TCP = 6;
    private static final int IPV6_HEADER = 40;
    private static final int MIN_TCP = 20;
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final long MAX_WAITING = 4 << 20;

    private final Map<String, Flow> flows = new LinkedHashMap<>();
    private final Sink sink;

    Reassembler(Sink sink) {
        this.sink = sink;
    }

    /** The flows that were seen, oldest first. */
    Iterable<Flow> flows() {
        return flows.values();
    }

    /** Takes a frame; big-endian, from index 0. What is no TCP is ignored. */
    void frame(long nanos, ByteBuffer b, int length) {
        int at = ETHERNET;
        if (length < at + 4) {
            return;
        }
        int type = b.getShort(at - 2) & 0xFFFF;
        if (type == VLAN) {
            at += 4;
            type = b.getShort(at - 2) & 0xFFFF;
        }
        if (type == IPV4 && length >= at + 20) {
            int header = (b.get(at) & 0xF) * 4;
            int total = b.getShort(at + 2) & 0xFFFF;
            boolean whole = (b.getShort(at + 6) & 0x3FFF) == 0;
            if (b.get(at + 9) == TCP && whole && total >= header && header >= 20) {
                tcp(nanos, b, length, at + header, total - header, host(b, at + 12, 4), host(b, at + 16, 4));
            }
        } else if (type == IPV6 && length >= at + IPV6_HEADER && b.get(at + 6) == TCP) {
            int total = b.getShort(at + 4) & 0xFFFF;
            tcp(nanos, b, length, at + IPV6_HEADER, total, host(b, at + 8, 16), host(b, at + 24, 16));
        }
    }

    private void tcp(long nanos, ByteBuffer b, int length, int at, int size, String from, String to) {
        if (size < MIN_TCP || length < at + MIN_TCP) {
            return;
        }
        int sequence = b.getInt(at + 4);
        int header = (b.get(at + 12) >> 4 & 0xF) * 4;
        int flags = b.get(at + 13);
        if (header < MIN_TCP || header > size) {
            return;
        }
        int fromPort = b.getShort(at) & 0xFFFF;
        int toPort = b.getShort(at + 2) & 0xFFFF;
        Flow flow = flow(from, fromPort, to, toPort, (flags & SYN) != 0, sequence);
        if ((flags & SYN) != 0) {
            if ((flags & ACK) != 0 && !flow.started) {
                sink.opened(nanos, flow(to, toPort, from, fromPort, false, 0));
            }
            flow.started = true;
            flow.next = sequence + 1;
            return;
        }
        int payload = size - header;
        int captured = Math.max(0, Math.min(payload, length - at - header));
        if (payload > 0) {
            byte[] bytes = new byte[captured];
            b.get(at + header, bytes);
            segment(nanos, flow, sequence, bytes, payload);
        }
        if ((flags & (FIN | RST)) != 0 && !flow.ended) {
            flow.ended = true;
            sink.closed(nanos, flow, (flags & RST) != 0);
        }
    }

    private Flow flow(String from, int fromPort, String to, int toPort, boolean syn, int sequence) {
        String key = from + ' ' + fromPort + ' ' + to + ' ' + toPort;
        Flow flow = flows.get(key);
        if (flow == null || (syn && flow.started && flow.next != sequence + 1)) {
            flow = new Flow(from, fromPort, to, toPort); // the port is used again
            flows.put(key, flow);
        }
        return flow;
    }

    private void segment(long nanos, Flow flow, int sequence, byte[] bytes, int payload) {
        if (!flow.started) {
            flow.started = true;
            flow.next = sequence;
        }
        long offset = flow.position + (sequence - flow.next);
        if (offset + payload <= flow.position) {
            return; // sent again
        }
        byte[] before = flow.waiting.get(offset);
        if (before == null || before.length < bytes.length) {
            flow.waiting.put(offset, bytes);
            flow.waitingBytes += bytes.length - (before == null ? 0 : before.length);
        }
        deliver(nanos, flow);
        if (flow.waitingBytes > MAX_WAITING || bytes.length < payload) {
            skipHole(nanos, flow);
        }
    }

    private void deliver(long nanos, Flow flow) {
        while (!flow.waiting.isEmpty() && flow.waiting.firstKey() <= flow.position) {
            Map.Entry<Long, byte[]> first = flow.waiting.pollFirstEntry();
            byte[] bytes = first.getValue();
            flow.waitingBytes -= bytes.length;
            int known = (int) Math.min(bytes.length, flow.position - first.getKey());
            if (known < bytes.length) {
                byte[] news = Arrays.copyOfRange(bytes, known, bytes.length);
                advance(flow, news.length);
                sink.data(nanos, flow, news);
            }
        }
    }

    /** Goes on behind what the capture does not have. */
    void skipHole(long nanos, Flow flow) {
        if (!flow.waiting.isEmpty()) {
            long hole = flow.waiting.firstKey() - flow.position;
            advance(flow, hole);
            sink.lost(nanos, flow, hole);
            deliver(nanos, flow);
        }
    }

    private static void advance(Flow flow, long bytes) {
        flow.position += bytes;
        flow.next += (int) bytes;
    }

    private static String host(ByteBuffer b, int at, int length) {
        byte[] address = new byte[length];
        b.get(at, address);
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e); // 4 and 16 bytes are always an address
        }
    }
}
