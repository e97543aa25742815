package io.diskless.netboot.dhcpd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A journal that is cut anywhere, again and again, is the same as a plain list of the batches before the cut. */
class LeaseJournalProperties {
    /** Some batches, then a crash that cuts so many octets of what this life wrote. */
    record Life(List<List<Lease>> batches, int cut) {}

    @Provide
    Arbitrary<List<Life>> lives() {
        Arbitrary<Lease> lease = Combinators.combine(
                        Arbitraries.integers().between(1, 6),
                        Arbitraries.integers().between(1, 6),
                        Arbitraries.longs().between(0, 1000),
                        Arbitraries.of(Lease.State.class))
                .as((address, mac, expires, state) ->
                        new Lease(DhcpHeader.address(address), MacAddress.of(mac), expires, state));
        Arbitrary<Life> life = Combinators.combine(
                        lease.list().ofMinSize(1).ofMaxSize(4).list().ofMaxSize(5),
                        Arbitraries.integers().between(0, 120))
                .as(Life::new);
        return life.list().ofMinSize(1).ofMaxSize(6);
    }

    @Property(tries = 200)
    void cutAnywhereItIsThePrefix(@ForAll("lives") List<Life> lives) throws IOException {
        Path folder = Files.createTempDirectory("diskless-leases");
        Path file = folder.resolve("leases");
        List<Lease> model = new ArrayList<>();
        try {
            for (Life life : lives) {
                int before = model.size();
                try (LeaseJournal journal = LeaseJournal.openUnforced(file)) {
                    assertThat(journal.load()).isEqualTo(model);
                    for (List<Lease> batch : life.batches()) {
                        journal.commit(batch, List::of);
                        model.addAll(batch);
                    }
                }
                byte[] whole = Files.readAllBytes(file);
                int written = (model.size() - before) * LeaseJournal.RECORD;
                int cut = Math.min(life.cut(), written);
                Files.write(file, Arrays.copyOf(whole, whole.length - cut));
                int lost = (cut + LeaseJournal.RECORD - 1) / LeaseJournal.RECORD;
                model.subList(model.size() - lost, model.size()).clear();
                assertThat(LeaseJournal.read(file)).containsExactlyInAnyOrderElementsOf(counting(model));
            }
        } finally {
            for (String name : List.of("leases", "leases.lock", "leases.new")) {
                Files.deleteIfExists(folder.resolve(name));
            }
            Files.delete(folder);
        }
    }

    /** The reference: an address's last fact counts, unless its machine has another address since. */
    private static List<Lease> counting(List<Lease> all) {
        Map<Integer, Lease> live = new HashMap<>();
        for (Lease lease : all) {
            if (lease.state() != Lease.State.DECLINED) {
                live.values()
                        .removeIf(other -> other.mac().equals(lease.mac()) && other.state() != Lease.State.DECLINED);
            }
            live.put(Subnet.bits(lease.address()), lease);
        }
        return List.copyOf(live.values());
    }
}
