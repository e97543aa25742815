package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpFields;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpMessageBuilder;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes a client's messages. Not thread-safe. */
final class TestClient {
    final MacAddress mac;
    private Inet4Address ciaddr = DhcpHeader.NO_ADDRESS;
    private Inet4Address giaddr = DhcpHeader.NO_ADDRESS;
    private int flags;
    private final List<DhcpOption> always = new ArrayList<>();

    TestClient(String mac) {
        this.mac = MacAddress.parse(mac);
    }

    static Inet4Address ip(String text) {
        try {
            return (Inet4Address) InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(text, e);
        }
    }

    TestClient pxe(int architecture) {
        return with(DhcpOption.text(
                        OptionCodes.VENDOR_CLASS, "PXEClient:Arch:%05d:UNDI:003000".formatted(architecture)))
                .with(DhcpOption.u16(OptionCodes.CLIENT_ARCH, architecture));
    }

    TestClient http() {
        return with(DhcpOption.text(OptionCodes.VENDOR_CLASS, "HTTPClient:Arch:00016:UNDI:003000"))
                .with(DhcpOption.u16(OptionCodes.CLIENT_ARCH, 16));
    }

    TestClient ipxe() {
        return pxe(0).with(new DhcpOption(OptionCodes.IPXE, Octets.ofHex("1301011101011201")));
    }

    TestClient with(DhcpOption option) {
        always.add(option);
        return this;
    }

    TestClient has(String address) {
        ciaddr = ip(address);
        return this;
    }

    TestClient behind(String relay) {
        giaddr = ip(relay);
        return this;
    }

    TestClient broadcasts() {
        flags = DhcpFields.BROADCAST;
        return this;
    }

    DhcpMessage says(MessageType type, DhcpOption... more) {
        DhcpMessageBuilder builder = bare().option(DhcpOption.u8(OptionCodes.MESSAGE_TYPE, type.code()));
        Arrays.stream(more).forEach(builder::option);
        return builder.build();
    }

    DhcpMessageBuilder bare() {
        ByteBuffer chaddr = ByteBuffer.allocate(DhcpFields.CHADDR_LENGTH);
        chaddr.putShort((short) (mac.value() >> 32)).putInt((int) mac.value());
        DhcpMessageBuilder builder = DhcpMessageBuilder.of(new DhcpHeader(
                DhcpFields.REQUEST,
                DhcpFields.ETHERNET,
                MacAddress.BYTES,
                0,
                0x1234_5678,
                4,
                flags,
                ciaddr,
                DhcpHeader.NO_ADDRESS,
                DhcpHeader.NO_ADDRESS,
                giaddr,
                Octets.of(chaddr.array())));
        always.forEach(builder::option);
        return builder;
    }

    static DhcpOption wanted(String address) {
        return DhcpOption.addresses(OptionCodes.REQUESTED_ADDRESS, ip(address));
    }

    static DhcpOption server(String address) {
        return DhcpOption.addresses(OptionCodes.SERVER_ID, ip(address));
    }
}
