package io.diskless.netboot.dhcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DhcpMessageBuilderTest {
    private final DhcpMessage discover = Captures.messages("a3-fast").get(0);

    private static DhcpOption filled(int code, int size) {
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++) {
            data[i] = (byte) i;
        }
        return new DhcpOption(code, Octets.of(data));
    }

    @Test
    void aReplyCarriesTheTransactionAndEchoesTheClientId() {
        DhcpMessage offer = DhcpMessageBuilder.replyTo(discover, 1500)
                .option(DhcpOption.u8(53, 2))
                .build();

        assertThat(offer.header().op()).isEqualTo(DhcpFields.REPLY);
        assertThat(offer.header().xid()).isEqualTo(discover.header().xid());
        assertThat(offer.header().chaddr()).isEqualTo(discover.header().chaddr());
        assertThat(offer.options().find(61))
                .isPresent()
                .isEqualTo(discover.options().find(61));
        assertThat(offer.encode()).hasSize(300);
        assertThat(offer.parts()).extracting(DhcpOption::code).containsExactly(53, 61);
    }

    @Test
    void theReplyIsNoLongerThanTheClientTakesNorThanTheLinkCarries() {
        assertThat(discover.options().u16(57)).hasValue(1472);

        DhcpMessageBuilder wide = DhcpMessageBuilder.replyTo(discover, 9000).option(filled(224, 1100));
        assertThat(wide.build().encode().length).isBetween(1341, 1472 - 28);
        // 700 octets of IP leave 431 for options, and 190 in the two fixed fields.
        assertThat(DhcpMessageBuilder.replyTo(discover, 700)
                        .option(filled(224, 1100))
                        .tryBuild())
                .isEmpty();
    }

    @Test
    void aLongOptionIsSplitAndJoined() {
        DhcpMessage built = DhcpMessageBuilder.of(discover.header())
                .maxLength(1472)
                .option(filled(224, 600))
                .build();

        assertThat(built.parts()).extracting(o -> o.data().size()).containsExactly(255, 255, 90);
        assertThat(Captures.decode(built.encode()).options().find(224))
                .contains(filled(224, 600).data());
    }

    @Test
    void optionsSpillIntoFileAndSnameAndComeBackInOrder() {
        DhcpMessageBuilder builder =
                DhcpMessageBuilder.of(discover.header()).maxLength(300).option(DhcpOption.u8(53, 2));
        builder.option(filled(200, 40)).option(filled(201, 100)).option(filled(202, 50));
        DhcpMessage built = Captures.decode(builder.build().encode());

        assertThat(built.options().u8(OptionCodes.OVERLOAD)).hasValue(3);
        assertThat(built.parts()).extracting(DhcpOption::code).containsExactly(53, 52, 200);
        assertThat(built.options().find(201)).contains(filled(201, 100).data());
        assertThat(built.options().find(202)).contains(filled(202, 50).data());
        assertThat(built.serverName()).isEmpty();
        assertThat(built.bootFile()).isEmpty();

        assertThatThrownBy(() -> builder.bootFile("pxelinux.0").build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("300");
    }

    @Test
    void whatHasNoRoomIsLeftOutLastFirst() {
        DhcpMessage built = DhcpMessageBuilder.of(discover.header())
                .maxLength(300)
                .bootFile("a")
                .serverName("b")
                .optionIfRoom(filled(200, 40))
                .optionIfRoom(filled(201, 40))
                .optionIfRoom(filled(202, 10))
                .option(DhcpOption.u8(53, 2))
                .build();

        assertThat(built.parts()).extracting(DhcpOption::code).containsExactly(53, 200, 202);
        assertThat(built.bootFile()).isEqualTo("a");
        assertThat(built.serverName()).isEqualTo("b");
    }

    @Test
    void theRelaysOptionStaysLastInTheMainArea() {
        DhcpMessage relayed = DhcpMessageBuilder.of(discover.header())
                .option(DhcpOption.encapsulated(82, List.of(DhcpOption.text(1, "eth7"), DhcpOption.u32(5, 1))))
                .build();
        assertThat(relayed.options().subOptions(82).orElseThrow().find(1)).contains(Octets.ofText("eth7"));

        DhcpMessage reply = DhcpMessageBuilder.replyTo(relayed, 1500)
                .maxLength(300)
                .option(DhcpOption.u8(53, 5))
                .option(filled(200, 100))
                .option(filled(201, 40))
                .build();
        assertThat(reply.parts())
                .extracting(DhcpOption::code)
                .startsWith(53, 52)
                .endsWith(82);
        assertThat(reply.options().find(82)).isEqualTo(relayed.options().find(82));
    }

    @Test
    void aPxeAnswerWithoutDiscoveryIsFourOctets() {
        assertThat(PxeOptions.bootFile().toOctets()).hasToString("060108ff");
    }

    @Test
    void theMachineIdIsTurnedRound() {
        MachineId id = MachineId.parse(Octets.ofHex("0033221100554477668899aabbccddeeff"))
                .orElseThrow();

        assertThat(id.uuid()).isEqualTo(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));
        assertThat(id.bigEndianUuid()).isEqualTo(UUID.fromString("33221100-5544-7766-8899-aabbccddeeff"));
        assertThat(id.isMeaningful()).isTrue();
    }

    @Test
    void aUserClassIsAListOrBareText() {
        assertThat(UserClass.parse(Octets.ofHex("0469505845026162")).items())
                .containsExactly(Octets.ofText("iPXE"), Octets.ofText("ab"));
        assertThat(UserClass.parse(Octets.ofText("iPXE"))).satisfies(c -> {
            assertThat(c.bare()).isTrue();
            assertThat(c.contains("iPXE")).isTrue();
        });
    }

    @Test
    void aSearchListFollowsPointersBackwardsOnly() {
        assertThat(DomainSearch.parse(Octets.ofHex("01610162000163c002"))
                        .orElseThrow()
                        .names())
                .containsExactly("a.b", "c.b");
        assertThat(new DomainSearch(List.of("a.b", "c.b")).toOctets()).hasToString("01610162000163c002");
        assertThat(DomainSearch.parse(Octets.ofHex("c000"))).isEmpty();
        assertThat(DomainSearch.parse(Octets.ofHex("0161c000"))).isEmpty();
        assertThat(DomainSearch.parse(Octets.ofHex("0161"))).isEmpty();
    }

    @Test
    void enterprisesAreReadAndRefusedWhenCut() {
        Octets data = Octets.ofHex("00000de9020158000001370161");
        VendorIdentifying read = VendorIdentifying.parse(data).orElseThrow();

        assertThat(read.entries())
                .extracting(VendorIdentifying.Entry::enterprise)
                .containsExactly(3561L, 311L);
        assertThat(read.toOctets()).isEqualTo(data);
        assertThat(VendorIdentifying.parse(data.slice(0, data.size() - 1))).isEmpty();
    }
}
