package io.diskless.netboot.simulate;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpFields;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.OptionCodes;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * What each client says by DHCP, octet for octet as captured: options in its order, no filler, transaction, card, UUID and
 * addresses put in. Immutable.
 */
public final class ClientMessages {
    /** The longest, iPXE's question to a boot server, has 412 octets. */
    private static final int ROOM = 576;

    private static final byte[] IPXE_WANTS = hex("010306070c0f111a2b3c4243778081828384858687afcb");
    private static final byte[] EDK2_WANTS =
            hex("0102030405060c0d0f111216171c28292a2b3233363a3b3c4243618081828384858687");
    private static final byte[] EDK2_HTTP_WANTS = hex("0102030405060c0d0f111216171c28292a2b3233363a3b3ceb4361");
    /** Bus and device, version, and one flag for each feature. */
    private static final byte[] BIOS_FEATURES =
            hex("b105011af41000eb03010000170101220101130101110101270101190101290101100102210101150101180101120101");

    private static final byte[] UEFI_FEATURES =
            hex("b105011af41000eb030100001701012401011301011101012701012901011501011b0101120101");
    private static final byte[] UEFI_ROM_FEATURES =
            hex("b105011af41000eb03010000170101240101130101110101270101290101150101120101");
    private static final byte[] SIZE_1472 = {0x05, (byte) 0xC0};
    /** The octets are in the wrong order: edk2 says so in a REQUEST of its PXE client. */
    private static final byte[] SIZE_REVERSED = {(byte) 0xFF, 0x00};

    private final ClientKind kind;
    private final MacAddress mac;
    private final byte[] machineId;

    /**
     * The messages of a machine.
     *
     * @param kind who speaks
     * @param mac its network card
     * @param uuid its UUID; zeros are sent without one
     */
    public ClientMessages(ClientKind kind, MacAddress mac, Optional<UUID> uuid) {
        this.kind = kind;
        this.mac = mac;
        this.machineId = uuid.map(ClientMessages::machineId).orElseGet(() -> new byte[17]);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    /** RFC 4578 §2.3: type 0; the first three groups are little-endian on most machines. */
    private static byte[] machineId(UUID uuid) {
        long high = uuid.getMostSignificantBits();
        ByteBuffer out = ByteBuffer.allocate(17);
        out.put((byte) 0)
                .putInt(Integer.reverseBytes((int) (high >>> 32)))
                .putShort(Short.reverseBytes((short) (high >>> 16)))
                .putShort(Short.reverseBytes((short) high))
                .putLong(uuid.getLeastSignificantBits());
        return out.array();
    }

    /**
     * A DISCOVER.
     *
     * @param xid the transaction
     * @param secs what the client says that it has waited; edk2 says 0
     * @return the datagram's payload
     */
    public byte[] discover(int xid, int secs) {
        ByteBuffer out = start(xid, secs, firmwareFlags(), DhcpHeader.NO_ADDRESS);
        put(out, OptionCodes.MESSAGE_TYPE, (byte) MessageType.DISCOVER.code());
        common(out, SIZE_1472);
        return end(out);
    }

    /**
     * A REQUEST of an offered address.
     *
     * @param xid the transaction
     * @param secs what the client says that it has waited
     * @param server who offered, option 54
     * @param address what was offered, option 50
     * @return the datagram's payload
     */
    public byte[] request(int xid, int secs, Inet4Address server, Inet4Address address) {
        ByteBuffer out = start(xid, secs, firmwareFlags(), DhcpHeader.NO_ADDRESS);
        put(out, OptionCodes.MESSAGE_TYPE, (byte) MessageType.REQUEST.code());
        if (!kind.isIpxe()) {
            put(out, OptionCodes.SERVER_ID, server.getAddress());
            put(out, OptionCodes.REQUESTED_ADDRESS, address.getAddress());
        }
        common(out, kind == ClientKind.UEFI_PXE ? SIZE_REVERSED : SIZE_1472);
        if (kind.isIpxe()) {
            put(out, OptionCodes.SERVER_ID, server.getAddress());
            put(out, OptionCodes.REQUESTED_ADDRESS, address.getAddress());
        }
        return end(out);
    }

    /**
     * A question to a boot server on port 4011. iPXE sends it from port 68 with transaction 0 and wants it broadcast, edk2
     * from port 4011.
     *
     * @param xid the transaction, which iPXE does not say
     * @param secs what the client says that it has waited
     * @param own the address that it has
     * @param item what it chose of a menu, as in sub-option 71 of option 43; edk2 does not say
     * @return the datagram's payload
     */
    public byte[] bootServerRequest(int xid, int secs, Inet4Address own, int item) {
        if (kind.isIpxe()) {
            ByteBuffer out = start(0, secs, DhcpFields.BROADCAST, own);
            put(out, OptionCodes.MESSAGE_TYPE, (byte) MessageType.REQUEST.code());
            ipxe(out, "PXEClient");
            // Its item, and the end mark of the sub-options.
            put(
                    out,
                    OptionCodes.VENDOR_SPECIFIC,
                    (byte) 71,
                    (byte) 4,
                    (byte) (item >> 24),
                    (byte) (item >> 16),
                    (byte) (item >> 8),
                    (byte) item,
                    (byte) OptionCodes.END);
            return end(out);
        }
        ByteBuffer out = start(xid, secs, 0, own);
        put(out, OptionCodes.MESSAGE_TYPE, (byte) MessageType.REQUEST.code());
        put(out, OptionCodes.PARAMETER_LIST, EDK2_WANTS);
        put(out, OptionCodes.MAX_SIZE, SIZE_1472);
        put(out, OptionCodes.VENDOR_CLASS, text(vendorClass()));
        put(out, OptionCodes.CLIENT_ARCH, (byte) 0, (byte) kind.architecture());
        put(out, OptionCodes.CLIENT_INTERFACE, (byte) 1, (byte) 3, (byte) 0);
        put(out, OptionCodes.MACHINE_ID, machineId);
        return end(out);
    }

    private int firmwareFlags() {
        return kind.isIpxe() ? 0 : DhcpFields.BROADCAST;
    }

    private String vendorClass() {
        String undi = switch (kind) {
            case BIOS_IPXE -> "002001";
            case UEFI_IPXE, UEFI_IPXE_ROM -> "003010";
            case UEFI_PXE, UEFI_HTTP -> "003000";
        };
        String who = kind == ClientKind.UEFI_HTTP ? "HTTPClient" : "PXEClient";
        return String.format(Locale.ROOT, "%s:Arch:%05d:UNDI:%s", who, kind.architecture(), undi);
    }

    private void common(ByteBuffer out, byte[] size) {
        if (kind.isIpxe()) {
            ipxe(out, vendorClass());
            return;
        }
        put(out, OptionCodes.MAX_SIZE, size);
        put(out, OptionCodes.PARAMETER_LIST, kind == ClientKind.UEFI_HTTP ? EDK2_HTTP_WANTS : EDK2_WANTS);
        put(out, OptionCodes.MACHINE_ID, machineId);
        put(out, OptionCodes.CLIENT_INTERFACE, (byte) 1, (byte) 3, (byte) 0);
        put(out, OptionCodes.CLIENT_ARCH, (byte) 0, (byte) kind.architecture());
        put(out, OptionCodes.VENDOR_CLASS, text(vendorClass()));
    }

    private void ipxe(ByteBuffer out, String vendorClass) {
        boolean bios = kind == ClientKind.BIOS_IPXE;
        put(out, OptionCodes.MAX_SIZE, SIZE_1472);
        put(out, OptionCodes.CLIENT_ARCH, (byte) 0, (byte) kind.architecture());
        put(out, OptionCodes.CLIENT_INTERFACE, (byte) 1, (byte) (bios ? 2 : 3), (byte) (bios ? 1 : 10));
        put(out, OptionCodes.VENDOR_CLASS, text(vendorClass));
        // Bare, without the length that RFC 3004 wants.
        put(out, OptionCodes.USER_CLASS, text("iPXE"));
        put(out, OptionCodes.PARAMETER_LIST, IPXE_WANTS);
        put(
                out,
                OptionCodes.IPXE,
                bios ? BIOS_FEATURES : kind == ClientKind.UEFI_IPXE ? UEFI_FEATURES : UEFI_ROM_FEATURES);
        ByteBuffer id = ByteBuffer.allocate(7).put((byte) DhcpFields.ETHERNET);
        putMac(id);
        put(out, OptionCodes.CLIENT_ID, id.array());
        put(out, OptionCodes.MACHINE_ID, machineId);
    }

    private void putMac(ByteBuffer out) {
        out.putShort((short) (mac.value() >> 32)).putInt((int) mac.value());
    }

    private ByteBuffer start(int xid, int secs, int flags, Inet4Address ciaddr) {
        ByteBuffer out = ByteBuffer.allocate(ROOM);
        out.put((byte) DhcpFields.REQUEST).put((byte) DhcpFields.ETHERNET).put((byte) MacAddress.BYTES);
        out.put((byte) 0).putInt(xid).putShort((short) secs).putShort((short) flags);
        out.put(ciaddr.getAddress()).position(28);
        putMac(out);
        out.position(DhcpFields.FIXED_LENGTH - 4).putInt(DhcpFields.MAGIC);
        return out;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void put(ByteBuffer out, int code, byte... data) {
        out.put((byte) code).put((byte) data.length).put(data);
    }

    private static byte[] end(ByteBuffer out) {
        out.put((byte) OptionCodes.END);
        byte[] payload = new byte[out.position()];
        out.get(0, payload);
        return payload;
    }
}
