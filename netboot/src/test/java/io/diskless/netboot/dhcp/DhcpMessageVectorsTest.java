package io.diskless.netboot.dhcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every DHCP datagram of every capture: decoded, encoded again, and held against what tshark says of it. */
class DhcpMessageVectorsTest {
    static Set<String> captures() {
        return Captures.DATAGRAMS.keySet();
    }

    @ParameterizedTest
    @MethodSource("captures")
    void everyDatagramDecodesAndEncodesToTheSameBytes(String name) {
        List<byte[]> payloads = Captures.payloads(name);

        assertThat(payloads).hasSize(Captures.DATAGRAMS.get(name));
        for (byte[] payload : payloads) {
            DhcpMessage message = Captures.decode(payload);
            assertThat(message.verdict()).isEqualTo(DhcpVerdict.ACCEPTED);
            assertThat(message.encode()).as("%s: %s", name, message).isEqualTo(payload);
        }
    }

    @ParameterizedTest
    @MethodSource("captures")
    void everyFieldIsWhatTsharkSays(String name) {
        List<byte[]> payloads = Captures.payloads(name);
        List<List<String>> table = Captures.table(name);

        assertThat(table).hasSameSizeAs(payloads);
        for (int i = 0; i < payloads.size(); i++) {
            List<String> row = table.get(i);
            // Little-endian on purpose: the readers take no notice.
            ByteBuffer b = ByteBuffer.allocate(payloads.get(i).length + 3).order(ByteOrder.LITTLE_ENDIAN);
            b.put(3, payloads.get(i));
            assertThat(inPlace(b, 3, payloads.get(i).length))
                    .as("%s %d", name, i)
                    .isEqualTo(row.subList(1, 12));
            assertThat(whole(Captures.decode(payloads.get(i))))
                    .as("%s %d", name, i)
                    .isEqualTo(row.subList(12, 20));
            assertThat(payloads.get(i).length + 8).isEqualTo(number(row, Captures.UDP_LENGTH));
            assertThat(DhcpFields.messageType(b, 3, payloads.get(i).length)).isEqualTo(number(row, Captures.TYPE));
        }
    }

    private static int number(List<String> row, int column) {
        return Integer.parseInt(row.get(column));
    }

    private static List<String> inPlace(ByteBuffer b, int at, int length) {
        assertThat(DhcpFields.validate(b, at, length)).isEqualTo(DhcpVerdict.ACCEPTED);
        List<String> row = new ArrayList<>(List.of(
                Integer.toString(DhcpFields.op(b, at)),
                htype(b, at, length),
                Integer.toString(DhcpFields.hlen(b, at)),
                Integer.toString(DhcpFields.hops(b, at)),
                "0x%08x".formatted(DhcpFields.xid(b, at)),
                Integer.toString(DhcpFields.secs(b, at)),
                "0x%04x".formatted(DhcpFields.flags(b, at))));
        for (int bits : new int[] {
            DhcpFields.ciaddr(b, at), DhcpFields.yiaddr(b, at), DhcpFields.siaddr(b, at), DhcpFields.giaddr(b, at)
        }) {
            row.add(DhcpHeader.address(bits).getHostAddress());
        }
        return row;
    }

    /** tshark prints the hardware type of option 61 beside that of the message. */
    private static String htype(ByteBuffer b, int at, int length) {
        String own = "0x%02x".formatted(DhcpFields.htype(b, at));
        int id = DhcpFields.optionAt(b, at, length, OptionCodes.CLIENT_ID);
        return id >= 0 && b.get(id + 1) == 7 ? own + ",0x%02x".formatted(b.get(id + 2)) : own;
    }

    private static List<String> whole(DhcpMessage m) {
        DhcpOptions o = m.options();
        String mac = mac(m.header().hardwareAddress());
        boolean macAsId =
                o.find(OptionCodes.CLIENT_ID).filter(d -> d.size() == 7).isPresent();
        List<String> codes = new ArrayList<>();
        List<String> lengths = new ArrayList<>();
        for (DhcpOption part : m.parts()) {
            codes.add(Integer.toString(part.code()));
            lengths.add(Integer.toString(part.data().size()));
        }
        return List.of(
                macAsId
                        ? mac + ","
                                + mac(o.find(OptionCodes.CLIENT_ID)
                                        .orElseThrow()
                                        .slice(1, 7))
                        : mac,
                m.serverName(),
                // The fixed field alone: option 67 has a column of its own.
                o.find(OptionCodes.BOOT_FILE).isPresent()
                                && m.bootFile()
                                        .equals(o.text(OptionCodes.BOOT_FILE).orElse(""))
                        ? ""
                        : m.bootFile(),
                // tshark counts the end mark as option 0.
                String.join(",", codes) + ",0",
                String.join(",", lengths),
                o.u8(OptionCodes.MESSAGE_TYPE).stream()
                        .mapToObj(Integer::toString)
                        .findFirst()
                        .orElse(""),
                o.text(OptionCodes.VENDOR_CLASS).orElse(""),
                o.address(OptionCodes.SERVER_ID).map(a -> a.getHostAddress()).orElse(""));
    }

    private static String mac(Octets six) {
        return six.toString().replaceAll("(..)(?!$)", "$1:");
    }

    @Test
    void theRomOfQemuSaysWhatItIs() {
        DhcpOptions o = Captures.messages("a3-fast").get(0).options();

        assertThat(o.messageType()).contains(MessageType.DISCOVER);
        assertThat(o.vendorClass())
                .contains(new VendorClass(
                        VendorClass.Kind.PXE,
                        "PXEClient:Arch:00000:UNDI:002001",
                        OptionalInt.of(0),
                        OptionalInt.of(2001)));
        assertThat(o.architectures()).containsExactly(0);
        assertThat(o.clientInterface()).contains(new ClientInterface(1, 2, 1));
        assertThat(o.machineId())
                .map(MachineId::uuid)
                .contains(UUID.fromString("12345678-9abc-def0-1234-56789abcdef0"));
        assertThat(o.userClass()).map(UserClass::bare).contains(true);
        assertThat(o.isIpxe()).isTrue();
        SubOptions ipxe = o.subOptions(OptionCodes.IPXE).orElseThrow();
        assertThat(ipxe.rest().size()).isZero();
        assertThat(ipxe.find(0x13)).as("it speaks http").contains(Octets.of((byte) 1));
    }

    @Test
    void edk2SpeaksHttpAndIsNotIpxe() {
        DhcpMessage first = Captures.messages("e-ovmf-http").get(0);

        assertThat(first.header().isBroadcast()).isTrue();
        assertThat(first.options().vendorClass()).map(VendorClass::kind).contains(VendorClass.Kind.HTTP);
        assertThat(first.options().architecture()).hasValue(16);
        assertThat(first.options().find(OptionCodes.CLIENT_ID)).isEmpty();
        assertThat(first.options().isIpxe()).isFalse();
        assertThat(first.options().machineId()).map(MachineId::isMeaningful).contains(false);
    }

    @Test
    void theMenusOfTheProxyEncodeToTheirBytes() {
        int menus = 0;
        for (String name : List.of("f-bios-proxy", "f-uefi-proxy")) {
            for (DhcpMessage message : Captures.messages(name)) {
                Octets data =
                        message.options().find(OptionCodes.VENDOR_SPECIFIC).orElse(Octets.EMPTY);
                if (data.size() > 0) {
                    PxeOptions pxe = PxeOptions.parse(data);
                    menus += pxe.menu().size();
                    assertThat(PxeOptions.parse(pxe.toOctets())).isEqualTo(pxe);
                    assertThat(pxe.toOctets().size()).as("%s %s", name, data).isGreaterThan(1);
                }
            }
        }
        assertThat(menus).isPositive();
    }
}
