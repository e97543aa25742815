package io.diskless.netboot.dhcpd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.NetbootException;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases survive: a restart, a cut at every octet, a damaged record, a rewriting. */
class LeaseJournalTest {
    @TempDir
    Path folder;

    private static Lease lease(int n) {
        return lease(n, n, Lease.State.BOUND);
    }

    private static Lease lease(int machine, int address, Lease.State state) {
        return new Lease(
                DhcpHeader.address(0x0A4D_0000 + address), MacAddress.of(0x5254_0000_0000L + machine), 1000, state);
    }

    private Path file() {
        return folder.resolve("leases");
    }

    private List<Lease> kept() throws NetbootException {
        try (LeaseJournal journal = LeaseJournal.open(file())) {
            return List.copyOf(journal.load());
        }
    }

    private void commit(Lease... leases) throws NetbootException {
        try (LeaseJournal journal = LeaseJournal.open(file())) {
            journal.commit(List.of(leases), List::of);
        }
    }

    @Test
    void aRestartFindsWhatWasCommitted() throws IOException {
        commit(lease(1), lease(2));
        commit(new Lease(DhcpHeader.address(-1), MacAddress.BROADCAST, Long.MAX_VALUE, Lease.State.DECLINED));
        assertThat(kept())
                .containsExactly(
                        lease(1),
                        lease(2),
                        new Lease(DhcpHeader.address(-1), MacAddress.BROADCAST, Long.MAX_VALUE, Lease.State.DECLINED));
    }

    @Test
    void aCutAtAnyOctetLosesOnlyWhatIsBehindIt() throws IOException {
        commit(lease(1), lease(2), lease(3));
        byte[] whole = Files.readAllBytes(file());
        assertThat(whole).hasSize(LeaseJournal.HEADER + 3 * LeaseJournal.RECORD);
        for (int cut = 0; cut <= whole.length; cut++) {
            Files.write(file(), Arrays.copyOf(whole, cut));
            int good = Math.max(0, (cut - LeaseJournal.HEADER) / LeaseJournal.RECORD);
            try (LeaseJournal journal = LeaseJournal.open(file())) {
                assertThat(journal.load()).as("cut at " + cut).hasSize(good);
                assertThat(journal.recovery().records()).isEqualTo(good);
                assertThat(journal.recovery().damaged()).isZero();
                journal.commit(List.of(lease(9)), List::of);
            }
            List<Lease> after = kept();
            assertThat(after).as("goes on after a cut at " + cut).hasSize(good + 1);
            assertThat(after.get(good)).isEqualTo(lease(9));
        }
    }

    @Test
    void aDamagedRecordIsLeftOutAlone() throws IOException {
        commit(lease(1), lease(2), lease(3));
        byte[] whole = Files.readAllBytes(file());
        for (int at = 0; at < LeaseJournal.RECORD; at++) {
            byte[] damaged = whole.clone();
            damaged[LeaseJournal.HEADER + LeaseJournal.RECORD + at] ^= 0x40;
            Files.write(file(), damaged);
            try (LeaseJournal journal = LeaseJournal.open(file())) {
                assertThat(journal.load()).as("octet " + at).containsExactly(lease(1), lease(3));
                assertThat(journal.recovery()).isEqualTo(new LeaseJournal.Recovery(2, 0, 1));
            }
            assertThat(kept()).as("the new file is whole").containsExactlyInAnyOrder(lease(1), lease(3));
        }
    }

    @Test
    void somethingElseIsNotOverwritten() throws IOException {
        Files.writeString(file(), "the caller's own precious text, longer than a header");
        assertThatThrownBy(() -> LeaseJournal.open(file()))
                .isInstanceOf(NetbootException.class)
                .hasMessageContaining("expected the header of a lease journal");
        assertThat(Files.readString(file())).startsWith("the caller's own");
    }

    @Test
    void aSecondServerIsKeptAway() throws IOException {
        try (LeaseJournal journal = LeaseJournal.open(file())) {
            assertThatThrownBy(() -> LeaseJournal.open(file())).hasMessageContaining("in use by another server");
            journal.commit(List.of(lease(1)), List::of);
            assertThat(LeaseJournal.read(file())).as("but may read").containsExactly(lease(1));
        }
        assertThat(kept()).containsExactly(lease(1));
    }

    @Test
    void aThousandRenewalsDoNotGrowTheFileForEver() throws IOException {
        LeaseTable table = new LeaseTable();
        List<Lease> ten = new ArrayList<>();
        try (LeaseJournal journal = LeaseJournal.openUnforced(file())) {
            long first = journal.rewrites();
            for (int round = 0; round < 2000; round++) {
                ten.clear();
                for (int machine = 0; machine < 10; machine++) {
                    Lease renewed = new Lease(
                            DhcpHeader.address(machine + 1), MacAddress.of(machine), round, Lease.State.BOUND);
                    ten.add(renewed);
                    table.apply(renewed);
                }
                journal.commit(ten, table::all);
            }
            assertThat(journal.rewrites()).as("rewritten").isGreaterThan(first);
        }
        assertThat(Files.size(file())).as("of 20000 records").isLessThan(5000L * LeaseJournal.RECORD);
        assertThat(LeaseJournal.read(file())).containsExactlyInAnyOrderElementsOf(ten);
    }

    @Test
    void aHalfWrittenRewritingIsForgotten() throws IOException {
        commit(lease(1));
        Files.writeString(folder.resolve("leases.new"), "half");
        assertThat(kept()).containsExactly(lease(1));
        assertThat(folder.resolve("leases.new")).doesNotExist();
    }

    @Test
    void theFormatIsThisOne() throws IOException {
        commit(lease(1));
        byte[] bytes = Files.readAllBytes(file());
        assertThat(bytes).hasSize(40).startsWith('D', 'L', 'S', 'K', 'L', 'E', 'A', 'S', 0, 0, 0, 1);
        assertThat(Arrays.copyOfRange(bytes, 16, 36))
                .containsExactly(1, 0, 0x52, 0x54, 0, 0, 0, 1, 10, 77, 0, 1, 0, 0, 0, 0, 0, 0, 0x03, (byte) 0xE8);
    }

    @Test
    void afterCloseNothingIsTaken() throws IOException {
        LeaseJournal journal = LeaseJournal.open(file());
        journal.close();
        journal.close();
        assertThatThrownBy(() -> journal.commit(List.of(lease(1)), List::of)).hasMessageContaining("is closed");
    }
}
