package io.diskless.netboot.dhcp;

import io.diskless.cluster.net.pcap.PcapFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** The captured DHCP conversations beside this class, and how many datagrams each has. */
final class Captures {
    static final Map<String, Integer> DATAGRAMS = new TreeMap<>(Map.ofEntries(
            Map.entry("a-pxelinux", 6),
            Map.entry("a2-ra", 6),
            Map.entry("a3-fast", 4),
            Map.entry("b-ipxe-http", 6),
            Map.entry("c-aoe-mbr", 6),
            Map.entry("c-aoe-sys", 6),
            Map.entry("c2-ovmf-aoe", 10),
            Map.entry("d-ovmf-pxe", 4),
            Map.entry("d2-ovmf-ipxe", 10),
            Map.entry("d3-ovmf-ipxerom", 6),
            Map.entry("e-ovmf-http", 4),
            Map.entry("f-bios-proxy", 7),
            Map.entry("f-uefi-proxy", 7),
            Map.entry("g-linux-clients", 22)));

    /** Columns of the tables, which tshark printed; the README beside them names all. */
    static final int TYPE = 17;

    static final int UDP_LENGTH = 20;

    private Captures() {}

    /** The UDP payloads of a capture, in order. */
    static List<byte[]> payloads(String name) {
        List<byte[]> all = new ArrayList<>();
        try {
            PcapFile.read(path(name + ".pcap"), (nanos, b, captured, original) -> {
                if (captured != original) {
                    throw new AssertionError(name + ": a frame was cut short");
                }
                int udp = 14 + 4 * (b.get(14) & 0xF);
                byte[] payload = new byte[(b.getShort(udp + 4) & 0xFFFF) - 8];
                b.get(udp + 8, payload);
                all.add(payload);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** The messages of a capture, in order. */
    static List<DhcpMessage> messages(String name) {
        return payloads(name).stream().map(Captures::decode).toList();
    }

    static DhcpMessage decode(byte[] payload) {
        return DhcpMessage.decode(ByteBuffer.wrap(payload), 0, payload.length).orElseThrow();
    }

    static List<List<String>> table(String name) {
        try {
            return Files.readAllLines(path(name + ".tsv")).stream()
                    .map(line -> Arrays.asList(line.split("\t", -1)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path path(String file) {
        try {
            return Path.of(Objects.requireNonNull(Captures.class.getResource(file), file)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(file, e);
        }
    }
}
