package io.diskless.netboot;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.diskless.netboot.tftp.TftpStore;
import io.diskless.netboot.timeline.BootTimelines;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.AccessDeniedException;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What TFTP and HTTP hand out, and to whom: to a machine that the policy denies nothing, with the reason; to one that it ignores
 * nothing, as if there were no files; to all others first what is made of the policy's answers, then files. So both servers say
 * what DHCP says.
 *
 * <p>A machine is known by its address: the one that DHCP gave it, as the timelines heard, or the one that the policy keeps
 * for it, or the one that it said it takes of somebody else's DHCP server. Whoever asks from another address cannot be told
 * apart and gets files. Thread-safe.
 */
public final class BootContent implements TftpContent {
    private final BootPolicy policy;
    private final BootTimelines timelines;
    private final BootFiles made;
    private final TftpContent files;

    /**
     * Content of a policy.
     *
     * @param policy what decides
     * @param timelines who has which address and what machines said of themselves; the DHCP server must report to them
     * @param made the policy's own files; they are asked with what the timelines know
     * @param files programs, kernels and initial file systems
     */
    public BootContent(BootPolicy policy, BootTimelines timelines, BootFiles made, TftpContent files) {
        this.policy = Objects.requireNonNull(policy, "policy");
        this.timelines = Objects.requireNonNull(timelines, "timelines");
        this.made = made.withFacts(timelines::facts);
        this.files = Objects.requireNonNull(files, "files");
    }

    @Override
    public Optional<TftpData> open(String name, InetSocketAddress client) throws IOException {
        InetAddress address = client.getAddress();
        if (!isServed(name, address)) {
            return Optional.empty();
        }
        Optional<byte[]> own = made.find(name, address);
        return own.isPresent() ? own.map(TftpData::of) : files.open(name, client);
    }

    /**
     * A store that takes no files of machines that the policy does not serve; who cannot be told apart may write.
     *
     * @param store where they go
     * @return the guarded store
     */
    TftpStore guarded(TftpStore store) {
        return (name, client, size) -> {
            if (!isServed(name, client.getAddress())) {
                throw new AccessDeniedException(name, null, "none of our machines");
            }
            return store.open(name, client, size);
        };
    }

    /** The machine that an address belongs to. */
    static Optional<MacAddress> machineAt(BootPolicy policy, BootTimelines timelines, InetAddress address) {
        return timelines
                .machineAt(address)
                .or(() -> address instanceof Inet4Address known ? policy.machineAt(known) : Optional.empty())
                .or(() -> timelines.claimantOf(address));
    }

    private boolean isServed(String name, InetAddress address) throws AccessDeniedException {
        Optional<MacAddress> machine = machineAt(policy, timelines, address);
        if (machine.isEmpty()) {
            return true;
        }
        // Its system's DHCP client may be somebody else's business; who asks for files is booting.
        BootFacts facts = timelines
                .facts(machine.get())
                .filter(heard -> heard.stage() != BootStage.SYSTEM)
                .orElseGet(() -> BootFacts.of(machine.get(), BootStage.IPXE, OptionalInt.empty()));
        BootAnswer answer = policy.decide(facts).answer();
        if (answer instanceof BootAnswer.Deny deny) {
            throw new AccessDeniedException(name, null, deny.reason());
        }
        return answer.isServed();
    }
}
