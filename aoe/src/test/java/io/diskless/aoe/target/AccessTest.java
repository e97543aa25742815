package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.SegmentPort;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may do what, changed while the target runs. */
class AccessTest {
    private static final AoeAddress E1_3 = new AoeAddress(1, 3);
    private final Bench bench = new Bench();
    private final AccessControl access = bench.target.access();

    @BeforeEach
    void disks() throws Exception {
        bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
        bench.target.export(E1_3, MemoryDevice.create(64 * 512), ExportOptions.defaults());
        bench.received();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void deniedIsSilenceForEveryCommandDiscoveryIncluded() {
        access.put(AccessRule.of(Bench.CLIENT, Bench.E1_2, Access.NONE));
        assertThat(bench.ask(Bench.read(1, 0, 1))).isEmpty();
        assertThat(bench.ask(Bench.config(2, 0))).isEmpty();
        assertThat(bench.ask(Bench.mask(3, 0))).isEmpty();
        assertThat(bench.ask(Bench.reserve(Bench.CLIENT, 4, 0))).isEmpty();
        byte[] wrongVersion = Bench.read(5, 0, 1);
        wrongVersion[14] = 0x20;
        assertThat(bench.ask(wrongVersion)).isEmpty();
        // Discovery finds the other export only.
        byte[] all = Bench.config(6, 0);
        all[16] = all[17] = all[18] = (byte) 0xFF;
        List<byte[]> found = bench.ask(all);
        assertThat(found).hasSize(1);
        assertThat(found.get(0)[18]).isEqualTo((byte) 3);
        assertThat(bench.target.snapshot().export(Bench.E1_2).denied()).isEqualTo(6);
        // And at run time it is back.
        assertThat(access.remove(AccessRule.of(Bench.CLIENT, Bench.E1_2, Access.READ_WRITE)))
                .isTrue();
        assertThat(bench.ask(Bench.read(7, 0, 1))).hasSize(1);
    }

    @Test
    void readOnlyAbortsWritesAndTrim() {
        access.put(AccessRule.of(Bench.CLIENT, Access.READ_ONLY));
        byte[] answer = bench.askOne(Bench.write(1, 0, Bench.sectors(1, 1)));
        assertThat(Bench.status(answer)).isEqualTo(0x41);
        assertThat(Bench.error(answer)).isEqualTo(0x04);
        assertThat(Bench.status(bench.askOne(Bench.read(2, 0, 1)))).isEqualTo(0x40);
        answer = bench.askOne(Bench.ata(Bench.E1_2, 3, 0x41, 1, 1, 0x06, 0, new byte[512]));
        assertThat(Bench.error(answer)).isEqualTo(0x04);
        access.put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE));
        assertThat(Bench.status(bench.askOne(Bench.write(4, 0, Bench.sectors(1, 1)))))
                .isEqualTo(0x40);
    }

    @Test
    void strangersMayReadButNotChangeStringsMasksAndReservations() {
        assertThat(bench.ask(Bench.config(1, 0))).hasSize(1);
        assertThat(bench.ask(Bench.mask(2, 0))).hasSize(1);
        assertThat(bench.ask(Bench.reserve(Bench.CLIENT, 3, 0))).hasSize(1);
        assertThat(bench.ask(Bench.config(4, 3, (byte) 'x'))).isEmpty();
        assertThat(bench.ask(Bench.config(5, 4, (byte) 'x'))).isEmpty();
        assertThat(bench.ask(Bench.mask(6, 1, 1L << 48 | Bench.CLIENT.value()))).isEmpty();
        assertThat(bench.ask(Bench.reserve(Bench.CLIENT, 7, 1, Bench.CLIENT))).isEmpty();
        assertThat(bench.ask(Bench.reserve(Bench.CLIENT, 8, 2, Bench.CLIENT))).isEmpty();
        assertThat(bench.target.exports().get(0).settings()).isEqualTo(ExportSettings.EMPTY);
    }

    @Test
    void aNamedPeerMay() {
        access.put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE));
        assertThat(bench.ask(Bench.config(4, 3, (byte) 'x'))).hasSize(1);
        assertThat(bench.ask(Bench.mask(6, 1, 1L << 48 | Bench.CLIENT.value()))).hasSize(1);
        assertThat(bench.ask(Bench.reserve(Bench.CLIENT, 7, 1, Bench.CLIENT))).hasSize(1);
        assertThat(bench.target.exports().get(0).settings())
                .isEqualTo(new ExportSettings(new byte[] {'x'}, List.of(Bench.CLIENT), List.of(Bench.CLIENT)));
    }

    @Test
    void aCommandThatIsNotOnThePeersListIsAbortedOrIgnored() {
        Set<Operation> few = EnumSet.of(Operation.READ, Operation.IDENTIFY, Operation.CONFIG_READ);
        access.put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE).allowing(few));
        assertThat(Bench.status(bench.askOne(Bench.read(1, 0, 1)))).isEqualTo(0x40);
        assertThat(Bench.status(bench.askOne(Bench.write(2, 0, Bench.sectors(1, 1)))))
                .isEqualTo(0x41);
        assertThat(Bench.status(bench.askOne(Bench.ata(Bench.E1_2, 3, 0, 0, 0, 0xE7, 0))))
                .isEqualTo(0x41);
        assertThat(bench.ask(Bench.mask(4, 0))).isEmpty();
        assertThat(bench.ask(Bench.config(5, 0))).hasSize(1);
    }

    @Test
    void theMostSpecificRuleDecides() {
        MacAddress mac = Bench.CLIENT;
        access.setDefault(Access.NONE, Operation.FOR_STRANGERS);
        assertThat(access.access(mac, "p0", E1_3)).isEqualTo(Access.NONE);
        access.put(
                new AccessRule(Optional.empty(), Optional.of("p0"), Optional.empty(), Access.READ_ONLY, Operation.ALL));
        assertThat(access.access(mac, "p0", E1_3)).isEqualTo(Access.READ_ONLY);
        assertThat(access.access(mac, "p1", E1_3)).isEqualTo(Access.NONE);
        access.put(AccessRule.ofAnyone(E1_3, Access.READ_WRITE));
        assertThat(access.access(mac, "p0", E1_3)).isEqualTo(Access.READ_WRITE);
        access.put(AccessRule.of(mac, Access.NONE));
        assertThat(access.access(mac, "p0", E1_3)).isEqualTo(Access.NONE);
        access.put(AccessRule.of(mac, E1_3, Access.READ_ONLY));
        assertThat(access.access(mac, "p0", E1_3)).isEqualTo(Access.READ_ONLY);
        access.put(AccessRule.of(mac, E1_3, Access.READ_WRITE).on("p0"));
        assertThat(access.access(mac, "p0", E1_3)).isEqualTo(Access.READ_WRITE);
        assertThat(access.access(mac, "p1", E1_3)).isEqualTo(Access.READ_ONLY);
        access.replaceAll(List.of());
        assertThat(access.access(mac, "p0", E1_3)).isEqualTo(Access.NONE);
        assertThat(access.rules()).isEmpty();
    }

    @Test
    void aClosedTargetTellsOnlyThoseItKnows() throws Exception {
        SegmentPort other = bench.segment.attach("other", MacAddress.parse("02:00:00:00:00:99"), 1500);
        access.setDefault(Access.NONE, Set.of());
        access.put(AccessRule.of(Bench.CLIENT, new AoeAddress(5, 5), Access.READ_WRITE));
        bench.target.export(new AoeAddress(5, 5), MemoryDevice.create(512), ExportOptions.defaults());
        List<byte[]> heard = bench.received();
        assertThat(heard).hasSize(1);
        assertThat(heard.get(0)[5]).isEqualTo((byte) 1);
        assertThat(bench.received(other)).isEmpty();
        other.close();
    }

    @Test
    void whoMayNotReadTheConfigStringIsNotTold() throws Exception {
        AoeAddress secret = new AoeAddress(5, 5);
        access.setDefault(Access.READ_WRITE, EnumSet.of(Operation.READ, Operation.WRITE));
        ExportOptions options =
                ExportOptions.builder().configString(new byte[] {'s'}).build();
        bench.target.export(secret, MemoryDevice.create(512), options).close();
        assertThat(bench.received()).isEmpty();
        bench.target.export(secret, MemoryDevice.create(512), options);
        assertThat(bench.received()).isEmpty();
        access.put(AccessRule.of(Bench.CLIENT, Access.READ_ONLY).allowing(EnumSet.of(Operation.CONFIG_READ)));
        bench.target.exports().get(2).apply(bench.target.exports().get(2).settings());
        List<byte[]> heard = bench.received();
        assertThat(heard).hasSize(1);
        assertThat(heard.get(0)[5]).isEqualTo((byte) 1);
    }

    @Test
    void aBroadcastChangesNoSettings() {
        access.put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE));
        long before = bench.target.snapshot().ports().get(0).broadcastWrites();
        List<byte[]> changes = List.of(
                Bench.config(1, 3, (byte) 'x'),
                Bench.config(2, 4, (byte) 'x'),
                Bench.mask(3, 1, 1L << 48 | Bench.CLIENT.value()),
                Bench.reserve(Bench.CLIENT, 4, 1, Bench.CLIENT),
                Bench.reserve(Bench.CLIENT, 5, 2, Bench.CLIENT));
        for (byte[] frame : changes) {
            frame[18] = (byte) 0xFF;
            assertThat(bench.ask(frame)).isEmpty();
        }
        assertThat(bench.target.exports())
                .hasSize(2)
                .allMatch(export -> export.settings().equals(ExportSettings.EMPTY));
        assertThat(bench.target.snapshot().ports().get(0).broadcastWrites()).isEqualTo(before + 10);
        // Questions to all are answered by all.
        for (byte[] frame : List.of(Bench.config(6, 0), Bench.mask(7, 0), Bench.reserve(Bench.CLIENT, 8, 0))) {
            frame[18] = (byte) 0xFF;
            assertThat(bench.ask(frame)).hasSize(2);
        }
    }
}
