package io.diskless.node;

import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.store.FencingToken;
import io.diskless.cluster.store.Lease;
import io.diskless.cluster.store.StoreException;
import io.diskless.netboot.NetbootException;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootDecision;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One time of serving, from taking the lease to losing it. Every single answer is given only while the lease is certain to be
 * held: less time has passed since the last renewal was asked for than it lasts. So a process that was stopped for a minute and
 * goes on answers nothing, before any thread of it has noticed. Thread-safe.
 */
final class Tenure {
    private final Lease lease;
    private final Duration ttl;
    private final LongSupplier nanos;
    private volatile long renewed;
    private volatile boolean over;

    /** Asked for at the given time, which counts: the store's clock began later. */
    Tenure(Lease lease, Duration ttl, LongSupplier nanos, long asked) {
        this.lease = lease;
        this.ttl = ttl;
        this.nanos = nanos;
        renewed = asked;
    }

    FencingToken token() {
        return lease.token();
    }

    boolean isHeld() {
        return !over && nanos.getAsLong() - renewed < ttl.toNanos();
    }

    void renew() throws StoreException {
        long asked = nanos.getAsLong();
        lease.renew(ttl);
        renewed = asked;
    }

    /** From now on nothing is answered. */
    void end() {
        over = true;
    }

    void giveBack() throws StoreException {
        end();
        lease.close();
    }

    BootPolicy guard(BootPolicy policy) {
        return new BootPolicy() {
            @Override
            public BootDecision decide(BootFacts facts) {
                if (isHeld()) {
                    return policy.decide(facts);
                }
                String why = "this server stands by: it does not hold the lease of the site";
                return new BootDecision(new BootAnswer.Ignore(why), Optional.empty(), false, List.of(why));
            }

            @Override
            public Optional<MacAddress> machineAt(Inet4Address address) {
                return policy.machineAt(address);
            }

            @Override
            public boolean isKeptFromOthers(Inet4Address address, MacAddress mac) {
                return policy.isKeptFromOthers(address, mac);
            }
        };
    }

    TftpContent guard(TftpContent files) {
        return new TftpContent() {
            @Override
            public Optional<TftpData> open(String name, InetSocketAddress client) throws IOException {
                return isHeld() ? files.open(name, client) : Optional.empty();
            }
        };
    }

    /** The leases of machines: what cannot be kept is not answered. */
    LeaseStore guard(LeaseStore store) {
        return new LeaseStore() {
            @Override
            public Collection<io.diskless.netboot.dhcpd.Lease> load() {
                return store.load();
            }

            @Override
            public void commit(
                    List<io.diskless.netboot.dhcpd.Lease> changes,
                    Supplier<Collection<io.diskless.netboot.dhcpd.Lease>> live)
                    throws NetbootException {
                if (!isHeld()) {
                    throw new NetbootException(
                            NetbootException.Kind.IO, "the lease of the site is not held any more: " + token());
                }
                store.commit(changes, live);
            }

            @Override
            public void close() throws NetbootException {
                store.close();
            }
        };
    }
}
