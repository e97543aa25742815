package io.diskless.netboot.dhcpd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** IPv6 router discovery, packet by packet, on a clock that the test sets. */
class RouterAnswersTest {
    private static final MacAddress OWN = MacAddress.parse("3a:9d:9b:32:b1:62");
    private final RouterAnswers answers = new RouterAnswers(OWN);

    private static ByteBuffer solicitation() {
        return ByteBuffer.wrap(IpPacketsTest.SOLICITATION.clone());
    }

    private static ByteBuffer advertisement() {
        return ByteBuffer.wrap(IpPacketsTest.ADVERTISEMENT.clone());
    }

    @Test
    void aSolicitationIsAnsweredWithNoRouter() {
        assertThat(answers.hear(solicitation(), 0)).isEqualTo(RouterAnswers.Heard.SOLICITATION);
        ByteBuffer answer = answers.answer(solicitation());
        assertThat(IpPackets.isNeighbourMessage(answer)).isTrue();
        assertThat(answer.slice(24, 16))
                .as("to the asker")
                .isEqualTo(solicitation().slice(8, 16));
        assertThat(answer.slice(8, 16)).as("from us").isEqualTo(ByteBuffer.wrap(IpPackets.linkLocal(OWN)));
        assertThat(answer.get(40)).isEqualTo((byte) 134);
        assertThat(answer.getShort(46)).as("router lifetime").isZero();
        assertThat(answer.get(45)).as("managed, other").isZero();
        assertThat(answer.get(56)).as("source's card").isEqualTo((byte) 1);
        assertThat(answer.getShort(58) & 0xFFFFL).isEqualTo(OWN.value() >> 32);
        assertThat(answer.get(64)).as("prefix").isEqualTo((byte) 3);
        assertThat(answer.get(67)).as("on link, no addresses").isEqualTo((byte) 0x80);
        assertThat(answer.getInt(68)).as("valid for a boot").isEqualTo(60);
        assertThat(answer.get(80)).as("a local prefix").isEqualTo((byte) 0xFD);
    }

    @Test
    void anAskerWithoutAnAddressIsAnsweredForAll() {
        byte[] nameless = IpPackets.icmpv6(new byte[16], new byte[16], new byte[] {(byte) 133, 0, 0, 0, 0, 0, 0, 0})
                .array();
        assertThat(answers.hear(ByteBuffer.wrap(nameless), 0)).isEqualTo(RouterAnswers.Heard.SOLICITATION);
        ByteBuffer answer = answers.answer(ByteBuffer.wrap(nameless));
        assertThat(answer.getShort(24)).isEqualTo((short) 0xFF02);
        assertThat(answer.get(39)).isEqualTo((byte) 1);
    }

    @Test
    void whereARouterSpeaksItIsSilentForAWhile() {
        assertThat(answers.hear(advertisement(), 0)).isEqualTo(RouterAnswers.Heard.ROUTER);
        assertThat(answers.hear(advertisement(), 1)).as("told once").isEqualTo(RouterAnswers.Heard.NOTHING);
        assertThat(answers.hear(solicitation(), 2)).isEqualTo(RouterAnswers.Heard.NOTHING);
        assertThat(answers.hear(solicitation(), TimeUnit.HOURS.toNanos(1))).isEqualTo(RouterAnswers.Heard.SOLICITATION);
    }

    @Test
    void anotherServerOfOurKindIsNoRouter() {
        ByteBuffer others = new RouterAnswers(MacAddress.parse("52:54:00:00:00:01")).answer(solicitation());
        assertThat(answers.hear(others, 0)).isEqualTo(RouterAnswers.Heard.NOTHING);
        assertThat(answers.hear(solicitation(), 1)).isEqualTo(RouterAnswers.Heard.SOLICITATION);
    }

    @Test
    void optionsThatDoNotAddUpAreNoSolicitation() {
        for (int length : new int[] {0, 2, 255}) {
            byte[] message = new byte[16];
            message[0] = (byte) 133;
            message[8] = 1;
            message[9] = (byte) length;
            byte[] packet = IpPackets.icmpv6(IpPackets.linkLocal(OWN), new byte[16], message)
                    .array();
            assertThat(answers.hear(ByteBuffer.wrap(packet), 0)).isEqualTo(RouterAnswers.Heard.NOTHING);
            byte[] longer = Arrays.copyOf(packet, 100);
            assertThat(answers.hear(ByteBuffer.wrap(longer), 0))
                    .as("what an Ethernet frame was filled up with does not help")
                    .isEqualTo(RouterAnswers.Heard.NOTHING);
        }
    }
}
