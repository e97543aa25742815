package io.diskless.aoe.target;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.net.MacAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file of an export's settings. Stateless.
 *
 * <pre>
 *  0        4        8        10
 *  | "DAoE" | version| length | config string | n | n * 8: MAC | m | m * 8: MAC | CRC-32C of all before |
 *    big-endian; version 1; length 2 bytes; n and m 2 bytes; each address in 8 bytes; the check sum 4 bytes
 * </pre>
 */
final class SettingsFormat {
    private static final int MAGIC = 0x44416F45;
    private static final int VERSION = 1;
    private static final int FIXED = 4 + 4 + 2 + 2 + 2 + 4;

    private SettingsFormat() {}

    static byte[] write(ExportSettings settings) {
        byte[] config = settings.rawConfig();
        int entries = settings.mask().size() + settings.reservation().size();
        ByteBuffer b = ByteBuffer.allocate(FIXED + config.length + entries * Long.BYTES);
        b.putInt(MAGIC).putInt(VERSION).putShort((short) config.length).put(config);
        writeList(b, settings.mask());
        writeList(b, settings.reservation());
        b.putInt(sum(b.array(), b.position()));
        return b.array();
    }

    private static void writeList(ByteBuffer b, List<MacAddress> list) {
        b.putShort((short) list.size());
        for (MacAddress mac : list) {
            b.putLong(mac.value());
        }
    }

    static ExportSettings read(byte[] bytes, String name) throws AoeException {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        int sumAt = bytes.length - Integer.BYTES;
        if (sumAt < 0 || b.getInt(sumAt) != sum(bytes, sumAt)) {
            throw corrupt(name, "the check sum does not fit its " + bytes.length + " bytes", null);
        }
        if (bytes.length < FIXED || b.getInt() != MAGIC) {
            throw corrupt(name, "it is no settings file", null);
        }
        int version = b.getInt();
        if (version != VERSION) {
            throw corrupt(name, "version " + VERSION + " expected, got " + version, null);
        }
        try {
            byte[] config = new byte[b.getShort() & 0xFFFF];
            b.get(config);
            return new ExportSettings(config, readList(b), readList(b));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw corrupt(name, "its fields contradict each other", e);
        }
    }

    private static List<MacAddress> readList(ByteBuffer b) {
        int n = b.getShort() & 0xFFFF;
        List<MacAddress> list = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            list.add(MacAddress.of(b.getLong()));
        }
        return list;
    }

    private static AoeException corrupt(String name, String why, @Nullable RuntimeException e) {
        return new AoeException(
                AoeException.Kind.CORRUPT,
                name + " is damaged: " + why + "; restore it, or remove it to start without settings",
                e);
    }

    private static int sum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
