package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.DhcpFields;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpVerdict;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Any datagram at all gets a good reply or silence. */
class EngineFuzzTest {
    private static final DhcpLink LINK = new DhcpLink(
            "br0",
            ip("10.77.0.1"),
            Subnet.builder(ip("10.77.0.0"), 24)
                    .domain("lab.example")
                    .pool(ip("10.77.0.100"), ip("10.77.0.102"))
                    .build());
    private static final BootPolicy POLICY = StandardPolicy.of(new HostList(), Map.of())
            .withStrangers(BootProfile.ipxe(new BootAnswer.Kernel("vmlinuz", List.of(), ""))
                    .build());

    @FuzzTest(maxDuration = "10m")
    void datagram(byte[] datagram) {
        ByteBuffer b = ByteBuffer.wrap(datagram);
        if (!DhcpFields.validateRequest(b, 0, datagram.length).isReadable()) {
            return;
        }
        DhcpMessage message = DhcpMessage.decode(b, 0, datagram.length).orElseThrow();
        BootFacts facts = BootFacts.of(message, "br0").orElse(null);
        if (facts == null) {
            return;
        }
        DhcpServerOptions options = DhcpServerOptions.builder().link(LINK).build();
        Arrival in = new Arrival(message, facts, new InetSocketAddress(ip("10.77.0.5"), 68), LINK, false);
        LeaseTable leases = new LeaseTable();
        Step step = new Engine(options, POLICY, leases, new Offers(10)).answer(in, 1000);
        judge(step);
        step.lease().ifPresent(leases::apply);
        judge(new Engine(options, POLICY, leases, new Offers(10)).answer(in, 2000));
        ProxyEngine proxy = new ProxyEngine(
                DhcpServerOptions.builder().link(LINK).mode(DhcpMode.PROXY).build(), POLICY);
        judge(proxy.offer(in));
        judge(proxy.boot(in));
    }

    private static void judge(Step step) {
        if (step.reply() == null) {
            expect(step.to() == null && !step.reason().isEmpty(), "silence without a reason");
            return;
        }
        byte[] bytes = Objects.requireNonNull(step.reply()).encode();
        expect(step.to() != null, "a reply to nobody");
        expect(bytes.length >= 300, "too short");
        expect(DhcpFields.validate(ByteBuffer.wrap(bytes), 0, bytes.length) == DhcpVerdict.ACCEPTED, "a bad reply");
        expect(DhcpFields.op(ByteBuffer.wrap(bytes), 0) == DhcpFields.REPLY, "a reply that is a request");
    }

    private static void expect(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }
}
