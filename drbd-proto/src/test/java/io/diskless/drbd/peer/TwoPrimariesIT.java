package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.netty.LinkOptions;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.Role;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A kernel and we are Primary at once and write the same blocks at the same time. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class TwoPrimariesIT {

    private static final int SIZE = 1 << 20;
    private static final int ROUNDS = 6;

    /** What all fight for: four slots of 16 KiB. */
    private static final int SLOTS = 4;

    private static final int SLOT = 16 << 10;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    /** Whoever accepted the meta connection decides: the kernel if only we open connections, we if only the kernel does. */
    @ParameterizedTest
    @CsvSource({"101, LISTEN", "101, CONNECT", "100, LISTEN", "100, CONNECT"})
    void overlappingWritesOfBothLeaveBothAlike(int version, LinkOptions.Mode mode) throws Exception {
        JavaPeer java = cleanup.add(JavaPeer.inSync(
                kernel,
                MemoryDevice.create(SIZE),
                "allow-two-primaries yes;",
                NetOptions.builder()
                        .versions(version, version)
                        .twoPrimaries(true)
                        .connectMode(mode)));
        java.done(java.resource().promote(false));
        kernel.drbdadm("primary r1");
        java.await("both Primary", state -> state.role() == Role.PRIMARY && state.peer() == Role.PRIMARY);

        for (int seed = 1; seed <= ROUNDS; seed++) {
            // Pieces of 4 to 9 KiB one after the other, by three writers that do not wait for each other.
            kernel.begin("load", """
                    write() { dd if=/dev/urandom of=/dev/drbd1 bs=$1 count=$2 seek=$3 iflag=fullblock oflag=direct; }
                    for again in 1 2; do
                      write %d 6 0 & write %d 8 1 & write %d 5 2 & wait
                    done
                    """.formatted(512 * (8 + seed % 3), 512 * (11 + seed % 5), 512 * (14 + seed % 4)));
            // Ours go on as long as the kernel's do, however long its tools take to start.
            AtomicBoolean over = new AtomicBoolean();
            CompletableFuture<Void> ours = writes(java, new Random(seed), over);
            try {
                kernel.end("load");
            } finally {
                over.set(true);
            }
            java.done(ours);
            assertThat(java.events().stream()
                            .filter(DrbdEvent.ConnectionLost.class::isInstance)
                            .toList())
                    .as(
                            "%s",
                            kernel.run("dmesg | grep -v Concurrent | tail -12 | cut -c1-200")
                                    .output())
                    .isEmpty();
            java.holdsTheSameAs(kernel.disk(0));
        }

        String said = kernel.kernelLog();
        long answered = java.events().stream()
                .filter(event ->
                        event instanceof DrbdEvent.Note note && note.words().startsWith("concurrent writes"))
                .count();
        if (mode == LinkOptions.Mode.LISTEN) {
            assertThat(answered).as("conflicts that we decided").isPositive();
        } else {
            assertThat(answered).as("conflicts that we decided").isZero();
            assertThat(said).containsIgnoringCase("concurrent");
        }
    }

    /** One write into each slot, then the next ones, until it is over. */
    private static CompletableFuture<Void> writes(JavaPeer java, Random random, AtomicBoolean over) {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < SLOTS; i++) {
            byte[] bytes = new byte[512 * (1 + random.nextInt(16))];
            random.nextBytes(bytes);
            long offset = (long) SLOT * i + 512L * random.nextInt(17);
            all.add(java.volume().writeAsync(offset, ByteBuffer.wrap(bytes), 0));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenComposeAsync(
                        x -> over.get() ? CompletableFuture.completedFuture(null) : writes(java, random, over));
    }
}
