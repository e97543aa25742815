package io.diskless.netboot.dhcp;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Any bytes at all, as a datagram whose buffer ends where the datagram ends.
 *
 * <p>The corpus beside this class runs in every build. {@code mvn -P long -pl netboot -am test} lets the fuzzer look for
 * new inputs; what it finds is added to the corpus.
 */
class DhcpMessageFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void message(byte[] datagram) {
        ByteBuffer b = ByteBuffer.wrap(datagram).asReadOnlyBuffer();
        DhcpVerdict verdict = DhcpFields.validate(b, 0, datagram.length);
        DhcpMessage message = DhcpMessage.decode(b, 0, datagram.length).orElse(null);
        expect(verdict.isReadable() == (message != null), "the two faces disagree");
        if (message == null) {
            return;
        }
        expect(message.verdict() == verdict, "the two faces disagree: " + verdict + " and " + message.verdict());
        expect(Arrays.equals(message.encode(), datagram), "other bytes than were decoded");
        for (int code = 1; code < OptionCodes.END; code++) {
            if (DhcpFields.optionAt(b, 0, datagram.length, code) >= 0) {
                expect(message.options().codes().contains(code), "option " + code + " is missing");
            }
        }
        views(message);
        DhcpMessageBuilder.replyTo(message, 1500)
                .option(DhcpOption.u8(OptionCodes.MESSAGE_TYPE, MessageType.OFFER.code()))
                .tryBuild()
                .ifPresent(DhcpMessageFuzzTest::sent);
    }

    private static void views(DhcpMessage message) {
        DhcpOptions o = message.options();
        expect(!message.toString().isEmpty(), "no text");
        message.bootFile();
        message.serverName();
        message.header().hardwareAddress();
        o.messageType();
        o.parameterList();
        o.architecture();
        o.clientInterface();
        o.machineId().ifPresent(id -> expect(id.uuid().equals(id.bigEndianUuid()) || id.isMeaningful(), "null id"));
        o.isIpxe();
        for (int code : o.codes()) {
            Octets data = o.find(code).orElseThrow();
            o.subOptions(code);
            DomainSearch.parse(data)
                    .ifPresent(list -> expect(
                            DomainSearch.parse(list.toOctets()).orElseThrow().equals(list),
                            "other names than were decoded"));
            VendorIdentifying.parse(data)
                    .ifPresent(v -> expect(v.toOctets().equals(data), "other enterprises than were decoded"));
            PxeOptions.parse(data);
        }
    }

    private static void sent(DhcpMessage reply) {
        byte[] bytes = reply.encode();
        expect(bytes.length >= DhcpMessageBuilder.MIN_LENGTH, "too short");
        expect(bytes.length <= DhcpFields.MAX_LENGTH, "too long");
        DhcpVerdict verdict = DhcpFields.validate(ByteBuffer.wrap(bytes), 0, bytes.length);
        expect(verdict == DhcpVerdict.ACCEPTED, "a reply that is " + verdict);
    }

    private static void expect(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }
}
