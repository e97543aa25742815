package io.diskless.aoe.wire;

import io.diskless.cluster.net.Octets;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The captured traffic under {@code captures/}: classic pcap, and beside each file what tshark says of its frames. */
final class Captures {
    /** Every capture with AoE in it, and how many AoE frames it has. */
    static final Map<String, Integer> FRAMES = frames();

    private Captures() {}

    private static Map<String, Integer> frames() {
        Map<String, Integer> frames = new LinkedHashMap<>();
        frames.put("01-vblade-config-string", 64);
        frames.put("02-vblade-ata", 100);
        frames.put("03-vblade-mac-mask", 47);
        frames.put("04-vblade-readonly", 9);
        frames.put("05-aoeping-aoecfg", 17);
        frames.put("06-vblade-reserve-release", 51);
        frames.put("08-vblade-jumbo9000", 13);
        frames.put("10-linux61-basic", 4560);
        frames.put("11-linux61-multipath-jumbo-failover", 5674);
        frames.put("12-ipxe-sanboot", 16);
        frames.put("13-linux61-reserved-error6", 14);
        frames.put("c-aoe-mbr", 14);
        frames.put("c-aoe-sys", 40);
        frames.put("c2-ovmf-aoe", 40);
        frames.put("loss-long-deadsecs", 27);
        frames.put("loss-midstream", 240);
        frames.put("loss-short-recovery", 27);
        frames.put("mtu1500-discover-read-write", 158);
        frames.put("mtu9000-discover-read-write", 56);
        frames.put("made-vlan-tagged", 56);
        frames.put("target-restart-announces", 16);
        return frames;
    }

    /**
     * One captured frame.
     *
     * @param number from 1, as tshark counts: frames of other protocols count too
     * @param length its length on the wire
     * @param captured what was captured of it
     */
    record Captured(int number, int length, Octets captured) {
        byte[] bytes() {
            return captured.toArray();
        }

        boolean isCut() {
            return captured.size() < length;
        }
    }

    /** The AoE frames of a capture. */
    static List<Captured> read(String name) {
        ByteBuffer b = ByteBuffer.wrap(resource(name + ".pcap")).order(ByteOrder.LITTLE_ENDIAN);
        if (b.getInt(0) != 0xA1B2C3D4 || b.getInt(20) != 1) {
            throw new IllegalStateException(name + " is not a little-endian pcap file of Ethernet frames");
        }
        List<Captured> frames = new ArrayList<>();
        int number = 0;
        for (int at = 24; at < b.limit(); ) {
            number++;
            byte[] bytes = new byte[b.getInt(at + 8)];
            int length = b.getInt(at + 12);
            b.get(at + 16, bytes);
            at += 16 + bytes.length;
            int type = Bytes.u16(ByteBuffer.wrap(bytes), 12);
            if (type == EthernetHeader.ETHERTYPE_AOE || type == EthernetHeader.ETHERTYPE_VLAN) {
                frames.add(new Captured(number, length, Octets.of(bytes)));
            }
        }
        return frames;
    }

    /** What tshark says: by frame number, by field name. */
    static Map<Integer, Map<String, String>> table(String name) {
        Map<Integer, Map<String, String>> table = new LinkedHashMap<>();
        try (InputStream in = open(name + ".tsv.gz");
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.US_ASCII))) {
            String[] names = Objects.requireNonNull(lines.readLine(), "header").split("\t", -1);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] values = line.split("\t", -1);
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 0; i < names.length; i++) {
                    row.put(names[i], values[i]);
                }
                table.put(Integer.valueOf(values[0]), row);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return table;
    }

    static byte[] resource(String name) {
        try (InputStream in = open(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String name) {
        InputStream in = Captures.class.getResourceAsStream("/captures/" + name);
        return Objects.requireNonNull(in, () -> "no resource /captures/" + name);
    }
}
