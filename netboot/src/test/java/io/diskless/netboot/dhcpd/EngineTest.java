package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static io.diskless.netboot.dhcpd.TestClient.server;
import static io.diskless.netboot.dhcpd.TestClient.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The server's state machine, message by message (RFC 2131 §4.3), on a clock that the test sets. */
class EngineTest {
    private static final String RUBY = "52:54:00:77:00:01";
    private static final String STRANGER = "52:54:00:77:00:99";
    private static final Subnet NETWORK = Subnet.builder(ip("10.77.0.0"), 24)
            .router(ip("10.77.0.254"))
            .nameServer(ip("10.77.0.53"))
            .domain("lab.example")
            .pool(ip("10.77.0.100"), ip("10.77.0.102"))
            .build();
    private static final DhcpLink LINK = new DhcpLink("br0", ip("10.77.0.1"), NETWORK);
    private static final Subnet FAR = Subnet.builder(ip("10.78.0.0"), 24).build();

    private final HostList hosts = new HostList(List.of(
            Host.of(new TestClient(RUBY).mac, HostTag.HARDWARE_NODE, "ruby").withAddress(ip("10.77.0.5"))));
    private StandardPolicy policy = StandardPolicy.of(
            hosts,
            Map.of(
                    HostTag.HARDWARE_NODE,
                    BootProfile.ipxe(BootAnswer.AoeRoot.of(new AoeAddress(0, 1)))
                            .build()));
    private final LeaseTable leases = new LeaseTable();
    private final Offers offers = new Offers(100);
    private DhcpServerOptions options =
            DhcpServerOptions.builder().link(LINK).relayed(FAR).build();
    private long now = 1_000_000;

    private Step ask(DhcpMessage message, boolean unicast) {
        BootFacts facts = BootFacts.of(message, "br0").orElseThrow();
        Arrival in = new Arrival(message, facts, new InetSocketAddress(ip("10.77.0.5"), 68), LINK, unicast);
        Step step = new Engine(options, policy, leases, offers).answer(in, now);
        step.offered().ifPresent(a -> offers.put(facts.mac(), a, now + 60));
        if (step.offerOver()) {
            offers.remove(facts.mac());
        }
        step.lease().ifPresent(leases::apply);
        return step;
    }

    private Step broadcast(DhcpMessage message) {
        return ask(message, false);
    }

    private static DhcpMessage reply(Step step) {
        return Objects.requireNonNull(step.reply(), step.reason());
    }

    private static void expect(Step step, MessageType type, String address) {
        assertThat(step.reply()).as(step.reason()).isNotNull();
        assertThat(reply(step).options().messageType()).as(step.reason()).contains(type);
        assertThat(reply(step).header().yiaddr()).isEqualTo(ip(address));
    }

    private static void expectSilence(Step step, String reason) {
        assertThat(step.reply()).as(step.reason()).isNull();
        assertThat(step.reason()).contains(reason);
    }

    private void strangersWelcome() {
        policy = policy.withStrangers(BootProfile.always(new BootAnswer.AddressOnly()));
    }

    @Test
    void aKnownMachineIsOfferedItsAddressAndTakesIt() {
        TestClient ruby = new TestClient(RUBY);
        Step offer = broadcast(ruby.says(MessageType.DISCOVER));
        expect(offer, MessageType.OFFER, "10.77.0.5");
        assertThat(leases.all()).as("an offer keeps nothing").isEmpty();

        Step ack = broadcast(ruby.says(MessageType.REQUEST, wanted("10.77.0.5"), server("10.77.0.1")));
        expect(ack, MessageType.ACK, "10.77.0.5");
        assertThat(leases.all()).containsExactly(new Lease(ip("10.77.0.5"), ruby.mac, now + 3600, Lease.State.BOUND));
        assertThat(offers.size()).isZero();
        assertThat(reply(ack).options().u32(OptionCodes.LEASE_TIME)).hasValue(3600);
        assertThat(reply(ack).options().u32(OptionCodes.T1)).hasValue(1800);
        assertThat(reply(ack).options().u32(OptionCodes.T2)).hasValue(3150);
        assertThat(reply(ack).options().address(OptionCodes.SERVER_ID)).contains(ip("10.77.0.1"));
        assertThat(reply(ack).options().address(OptionCodes.ROUTER)).contains(ip("10.77.0.254"));
        assertThat(reply(ack).options().text(OptionCodes.HOST_NAME)).contains("ruby");
    }

    @Test
    void optionsComeInTheOrderAskedFor() {
        TestClient ruby = new TestClient(RUBY)
                .with(new DhcpOption(OptionCodes.PARAMETER_LIST, Octets.of((byte) 15, (byte) 6, (byte) 1, (byte) 200)));
        DhcpMessage offer = reply(broadcast(ruby.says(MessageType.DISCOVER)));
        assertThat(offer.options().codes())
                .containsExactly(
                        OptionCodes.MESSAGE_TYPE,
                        OptionCodes.SERVER_ID,
                        OptionCodes.LEASE_TIME,
                        OptionCodes.DOMAIN_NAME,
                        OptionCodes.DNS,
                        OptionCodes.SUBNET_MASK);
    }

    @Test
    void whoeverIsNotKnownHearsNothing() {
        for (MessageType type : MessageType.values()) {
            expectSilence(broadcast(new TestClient(STRANGER).says(type, wanted("10.99.0.1"))), "not a known machine");
        }
        hosts.put(hosts.all().get(0).withProfile(BootProfile.always(new BootAnswer.Deny("under repair"))));
        for (MessageType type : MessageType.values()) {
            assertThat(broadcast(new TestClient(RUBY).says(type, wanted("10.99.0.1")))
                            .reply())
                    .as("denied: %s", type)
                    .isNull();
        }
    }

    @Test
    void aStrangerGetsAnAddressOfThePoolAndKeepsIt() {
        strangersWelcome();
        TestClient stranger = new TestClient(STRANGER);
        String first = reply(broadcast(stranger.says(MessageType.DISCOVER)))
                .header()
                .yiaddr()
                .getHostAddress();
        assertThat(first).startsWith("10.77.0.10");
        expect(broadcast(stranger.says(MessageType.DISCOVER)), MessageType.OFFER, first);
        expect(
                broadcast(stranger.says(MessageType.REQUEST, wanted(first), server("10.77.0.1"))),
                MessageType.ACK,
                first);
        now += 1_000_000;
        expect(broadcast(stranger.says(MessageType.DISCOVER)), MessageType.OFFER, first);
    }

    @Test
    void aFullPoolIsSilentUntilALeaseIsOver() {
        strangersWelcome();
        for (int i = 1; i <= 3; i++) {
            TestClient client = new TestClient("52:54:00:00:00:0" + i);
            String address = reply(broadcast(client.says(MessageType.DISCOVER)))
                    .header()
                    .yiaddr()
                    .getHostAddress();
            expect(
                    broadcast(client.says(MessageType.REQUEST, wanted(address), server("10.77.0.1"))),
                    MessageType.ACK,
                    address);
        }
        TestClient late = new TestClient(STRANGER);
        expectSilence(broadcast(late.says(MessageType.DISCOVER)), "all 3 addresses of the pool");
        now += 3601;
        assertThat(broadcast(late.says(MessageType.DISCOVER)).reason()).contains("is over");
    }

    @Test
    void aReservedAddressOfThePoolIsGivenToNobodyElse() {
        strangersWelcome();
        hosts.put(hosts.all().get(0).withAddress(ip("10.77.0.101")));
        for (int i = 1; i <= 2; i++) {
            Step offer =
                    broadcast(new TestClient("52:54:00:00:00:0" + i).says(MessageType.DISCOVER, wanted("10.77.0.101")));
            assertThat(reply(offer).header().yiaddr()).isNotEqualTo(ip("10.77.0.101"));
        }
        expectSilence(broadcast(new TestClient(STRANGER).says(MessageType.DISCOVER)), "all 3 addresses");
        expect(broadcast(new TestClient(RUBY).says(MessageType.DISCOVER)), MessageType.OFFER, "10.77.0.101");
    }

    @Test
    void aMachineThatChoseAnotherServerIsLetGo() {
        TestClient ruby = new TestClient(RUBY);
        broadcast(ruby.says(MessageType.DISCOVER));
        assertThat(offers.size()).isEqualTo(1);
        Step step = broadcast(ruby.says(MessageType.REQUEST, wanted("10.77.0.5"), server("10.77.0.2")));
        expectSilence(step, "chose server 10.77.0.2");
        assertThat(step.otherServer()).contains(ip("10.77.0.2"));
        assertThat(offers.size()).isZero();
        assertThat(leases.all()).isEmpty();
    }

    @Test
    void takingAnotherAddressThanOfferedIsRefused() {
        TestClient ruby = new TestClient(RUBY);
        Step nak = broadcast(ruby.says(MessageType.REQUEST, wanted("10.77.0.6"), server("10.77.0.1")));
        expect(nak, MessageType.NAK, "0.0.0.0");
        assertThat(nak.to()).isEqualTo(new InetSocketAddress(ip("255.255.255.255"), 68));
        assertThat(reply(nak).options().codes())
                .containsExactly(OptionCodes.MESSAGE_TYPE, OptionCodes.SERVER_ID, OptionCodes.MESSAGE);
    }

    @Test
    void afterARebootTheSameAddressIsConfirmed() {
        TestClient ruby = new TestClient(RUBY);
        expect(broadcast(ruby.says(MessageType.REQUEST, wanted("10.77.0.5"))), MessageType.ACK, "10.77.0.5");
        expect(broadcast(ruby.says(MessageType.REQUEST, wanted("10.99.0.5"))), MessageType.NAK, "0.0.0.0");
        expect(broadcast(ruby.says(MessageType.REQUEST, wanted("10.77.0.6"))), MessageType.NAK, "0.0.0.0");
    }

    @Test
    void ofWhatIsNotOnRecordItSaysNothingUnlessAuthoritative() {
        strangersWelcome();
        TestClient stranger = new TestClient(STRANGER);
        expectSilence(broadcast(stranger.says(MessageType.REQUEST, wanted("10.77.0.77"))), "may be another server's");
        expectSilence(broadcast(stranger.says(MessageType.REQUEST, wanted("10.99.0.77"))), "no record");
        expectSilence(broadcast(new TestClient(STRANGER).has("10.77.0.77").says(MessageType.REQUEST)), "no record");
        options = DhcpServerOptions.builder().link(LINK).authoritative(true).build();
        expect(broadcast(stranger.says(MessageType.REQUEST, wanted("10.77.0.77"))), MessageType.NAK, "0.0.0.0");
        expect(broadcast(stranger.says(MessageType.REQUEST, wanted("10.99.0.77"))), MessageType.NAK, "0.0.0.0");
    }

    @Test
    void somebodyElsesAddressIsRefused() {
        strangersWelcome();
        expect(
                broadcast(new TestClient(STRANGER).says(MessageType.REQUEST, wanted("10.77.0.5"))),
                MessageType.NAK,
                "0.0.0.0");
    }

    @Test
    void renewingGoesToTheMachineAndRebindingToo() {
        TestClient ruby = new TestClient(RUBY).has("10.77.0.5");
        Step renewed = ask(ruby.says(MessageType.REQUEST), true);
        expect(renewed, MessageType.ACK, "10.77.0.5");
        assertThat(renewed.to()).isEqualTo(new InetSocketAddress(ip("10.77.0.5"), 68));
        now += 3000;
        Step rebound = broadcast(ruby.says(MessageType.REQUEST));
        expect(rebound, MessageType.ACK, "10.77.0.5");
        assertThat(leases.at(ip("10.77.0.5")).orElseThrow().expires()).isEqualTo(now + 3600);
    }

    @Test
    void aMachineWithANewReservationIsSentAwayFromItsOldAddress() {
        TestClient ruby = new TestClient(RUBY);
        broadcast(ruby.says(MessageType.REQUEST, wanted("10.77.0.5")));
        hosts.put(hosts.all().get(0).withAddress(ip("10.77.0.6")));
        Step step = ask(new TestClient(RUBY).has("10.77.0.5").says(MessageType.REQUEST), true);
        expect(step, MessageType.NAK, "0.0.0.0");
        assertThat(step.reason()).contains("10.77.0.6 is reserved for it");
        expect(broadcast(ruby.says(MessageType.DISCOVER)), MessageType.OFFER, "10.77.0.6");
    }

    @Test
    void whatAMachineGivesBackItMayHaveAgain() {
        strangersWelcome();
        TestClient stranger = new TestClient(STRANGER);
        broadcast(stranger.says(MessageType.REQUEST, wanted("10.77.0.101"), server("10.77.0.1")));
        Step step = ask(new TestClient(STRANGER).has("10.77.0.101").says(MessageType.RELEASE), true);
        assertThat(step.reply()).isNull();
        assertThat(leases.at(ip("10.77.0.101")).orElseThrow().state()).isEqualTo(Lease.State.RELEASED);
        TestClient other = new TestClient("52:54:00:00:00:01");
        assertThat(reply(broadcast(other.says(MessageType.DISCOVER))).header().yiaddr())
                .as("never given ones come first")
                .isNotEqualTo(ip("10.77.0.101"));
        expect(broadcast(stranger.says(MessageType.DISCOVER)), MessageType.OFFER, "10.77.0.101");
        expectSilence(
                ask(new TestClient(RUBY).has("10.77.0.101").says(MessageType.RELEASE), true),
                "which the machine has not");
    }

    @Test
    void aDeclinedAddressRestsForAWhile() {
        strangersWelcome();
        TestClient stranger = new TestClient(STRANGER);
        broadcast(stranger.says(MessageType.REQUEST, wanted("10.77.0.101"), server("10.77.0.1")));
        expectSilence(broadcast(stranger.says(MessageType.DECLINE, wanted("10.77.0.101"))), "in use by somebody else");
        assertThat(reply(broadcast(stranger.says(MessageType.DISCOVER, wanted("10.77.0.101"))))
                        .header()
                        .yiaddr())
                .isNotEqualTo(ip("10.77.0.101"));
        expectSilence(
                broadcast(new TestClient(RUBY).says(MessageType.DECLINE, wanted("10.77.0.102"))),
                "which the machine has not");
        now += 601;
        expect(
                broadcast(new TestClient("52:54:00:00:00:01").says(MessageType.DISCOVER, wanted("10.77.0.101"))),
                MessageType.OFFER,
                "10.77.0.101");
    }

    @Test
    void informGetsOptionsAndNoAddress() {
        Step step = ask(new TestClient(RUBY).has("10.77.0.5").says(MessageType.INFORM), true);
        expect(step, MessageType.ACK, "0.0.0.0");
        assertThat(step.to()).isEqualTo(new InetSocketAddress(ip("10.77.0.5"), 68));
        assertThat(reply(step).options().codes())
                .contains(OptionCodes.DNS)
                .doesNotContain(OptionCodes.LEASE_TIME, OptionCodes.T1, OptionCodes.T2);
        assertThat(step.lease()).isEmpty();
    }

    @Test
    void plainBootpIsForReservedAddressesAlone() {
        Step step = broadcast(new TestClient(RUBY).bare().build());
        assertThat(reply(step).header().yiaddr()).isEqualTo(ip("10.77.0.5"));
        assertThat(reply(step).options().messageType()).isEmpty();
        strangersWelcome();
        expectSilence(broadcast(new TestClient(STRANGER).bare().build()), "plain BOOTP");
    }

    @Test
    void aRelayChoosesTheSubnetAndGetsItsOptionBack() {
        hosts.put(hosts.all().get(0).withAddress(ip("10.78.0.5")));
        DhcpOption relay = new DhcpOption(OptionCodes.RELAY_AGENT, Octets.ofHex("0104706f72740202aabb"));
        DhcpMessage discover =
                new TestClient(RUBY).behind("10.78.0.1").with(relay).says(MessageType.DISCOVER);
        Step offer = ask(discover, true);
        expect(offer, MessageType.OFFER, "10.78.0.5");
        assertThat(offer.to()).isEqualTo(new InetSocketAddress(ip("10.78.0.1"), 67));
        assertThat(reply(offer).options().find(OptionCodes.RELAY_AGENT)).contains(relay.data());
        assertThat(reply(offer).header().giaddr()).isEqualTo(ip("10.78.0.1"));

        Step nak = ask(new TestClient(RUBY).behind("10.78.0.1").says(MessageType.REQUEST, wanted("10.77.0.5")), true);
        expect(nak, MessageType.NAK, "0.0.0.0");
        assertThat(reply(nak).header().isBroadcast()).isTrue();
        assertThat(nak.to()).isEqualTo(new InetSocketAddress(ip("10.78.0.1"), 67));

        expectSilence(
                ask(new TestClient(RUBY).behind("10.79.0.1").says(MessageType.DISCOVER), true),
                "no subnet for relay 10.79.0.1");
        expect(
                ask(new TestClient(RUBY).has("10.78.0.5").says(MessageType.REQUEST), true),
                MessageType.ACK,
                "10.78.0.5");
    }

    @Test
    void linkSelectionAndServerOverrideOfARelayCount() {
        hosts.put(hosts.all().get(0).withAddress(ip("10.78.0.5")));
        // RFC 3527 names the network, here by its own address; RFC 5107 the relay as the server.
        DhcpOption chosen = new DhcpOption(OptionCodes.RELAY_AGENT, Octets.ofHex("05040a4e00000b040a4d0063"));
        Step offer =
                broadcast(new TestClient(RUBY).behind("10.77.0.99").with(chosen).says(MessageType.DISCOVER));
        expect(offer, MessageType.OFFER, "10.78.0.5");
        assertThat(reply(offer).options().address(OptionCodes.SERVER_ID)).contains(ip("10.77.0.99"));
        expect(
                broadcast(new TestClient(RUBY)
                        .behind("10.77.0.99")
                        .with(chosen)
                        .says(MessageType.REQUEST, wanted("10.78.0.5"), server("10.77.0.99"))),
                MessageType.ACK,
                "10.78.0.5");
    }

    @Test
    void aSecondServerWithTheSameReservationsAnswersAlike() {
        DhcpMessage renewal = new TestClient(RUBY).has("10.77.0.5").says(MessageType.REQUEST);
        DhcpMessage first = reply(ask(renewal, true));
        Engine standby = new Engine(options, policy, new LeaseTable(), new Offers(10));
        Arrival in = new Arrival(
                renewal,
                BootFacts.of(renewal, "br0").orElseThrow(),
                new InetSocketAddress(ip("10.77.0.5"), 68),
                LINK,
                true);
        assertThat(reply(standby.answer(in, now)).encode()).isEqualTo(first.encode());
    }
}
