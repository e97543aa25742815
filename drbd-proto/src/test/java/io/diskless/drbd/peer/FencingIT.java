package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.FenceHandler;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.state.StatePolicy;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.StateWord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Primary that fences makes its peer know that it will be behind. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class FencingIT {
    private static final int SIZE = 1 << 20;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @Test
    void weAreOutdatedWhenTheKernelGoesOnAlone() throws Exception {
        kernel.configure(JavaPeer.conf(
                kernel,
                "protocol C; connect-int 1;",
                "size " + (SIZE >> 10) + "K; fencing resource-only; } handlers { fence-peer /bin/true;"));
        kernel.createAndUp("r1");
        JavaPeer java = cleanup.add(JavaPeer.connect(kernel, SIZE, NetOptions.builder()));
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
        java.awaitInSync(kernel);
        kernel.drbdadm("primary r1");
        kernel.drbdadm("disconnect r1");
        java.await(
                "Outdated and alone",
                s -> s.connection() == ConnectionState.WF_CONNECTION && s.disk() == DiskState.OUTDATED);
        assertThat(kernel.status(1).orElseThrow().line()).contains("StandAlone").contains("UpToDate/Outdated");
        assertThatThrownBy(() -> java.done(java.resource().promote(false)))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.NO_DATA));

        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=4k count=20 seek=9 oflag=direct iflag=fullblock");
        kernel.drbdadm("connect r1");
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }

    @ParameterizedTest
    @EnumSource(
            value = FenceHandler.Outcome.class,
            names = {"PEER_OUTDATED", "PEER_STONITHED"})
    void weFreezeUntilTheKernelThatIsCutOffIsOutOfUse(FenceHandler.Outcome outcome) throws Exception {
        BlockingQueue<CompletableFuture<FenceHandler.Outcome>> calls = new LinkedBlockingQueue<>();
        ExecutorService handlers = Executors.newSingleThreadExecutor();
        cleanup.add(handlers::shutdownNow);
        JavaPeer java = cleanup.add(JavaPeer.inSync(
                kernel,
                cleanup.add(MemoryDevice.create(SIZE)),
                "",
                NetOptions.builder(),
                options -> options.fencing(StatePolicy.Fencing.RESOURCE_AND_STONITH)
                        .fenceHandler(
                                request -> {
                                    CompletableFuture<FenceHandler.Outcome> answer = new CompletableFuture<>();
                                    calls.add(answer);
                                    return answer.get();
                                },
                                handlers)));
        java.done(java.resource().promote(false));
        java.volume().write(0, random(1));

        kernel.cut();
        CompletableFuture<Void> underWay = java.volume().writeAsync(65_536, random(2), 0);
        CompletableFuture<FenceHandler.Outcome> call =
                Objects.requireNonNull(calls.poll(KernelNode.PATIENCE.toSeconds(), TimeUnit.SECONDS));
        CompletableFuture<Void> later = java.volume().writeAsync(131_072, random(3), 0);
        assertThat(java.state().has(StateWord.SUSP_FEN)).isTrue();
        java.done(java.resource().statistics());
        assertThat(List.of(underWay, later)).noneMatch(CompletableFuture::isDone);

        if (outcome == FenceHandler.Outcome.PEER_STONITHED) {
            kernel.guest().close();
        }
        call.complete(outcome);
        java.done(underWay);
        java.done(later);
        assertThat(java.state().peerDisk()).isEqualTo(DiskState.OUTDATED);
        if (outcome == FenceHandler.Outcome.PEER_STONITHED) {
            kernel.crash();
            kernel.up("r1");
        }
        kernel.mend();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }

    @Test
    void aKernelThatIsBackBeforeTheAnswerHasAllThatWasFrozen() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        ExecutorService handlers = Executors.newSingleThreadExecutor();
        cleanup.add(handlers::shutdownNow);
        JavaPeer java = cleanup.add(JavaPeer.inSync(
                kernel,
                cleanup.add(MemoryDevice.create(SIZE)),
                "",
                NetOptions.builder(),
                options -> options.fencing(StatePolicy.Fencing.RESOURCE_AND_STONITH)
                        .fenceHandler(
                                request -> {
                                    never.await();
                                    return FenceHandler.Outcome.PEER_UNREACHABLE;
                                },
                                handlers)));
        java.done(java.resource().promote(false));
        kernel.cut();
        CompletableFuture<Void> underWay = java.volume().writeAsync(65_536, random(4), 0);
        java.await("frozen", s -> s.has(StateWord.SUSP_FEN));
        CompletableFuture<Void> later = java.volume().writeAsync(131_072, random(5), 0);
        kernel.mend();
        java.done(underWay);
        java.done(later);
        java.awaitInSync(kernel);
        never.countDown();
        java.awaitEvents(DrbdEvent.Fenced.class, 1, e -> !e.heeded());
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }

    @Test
    void aKernelThatFencesLetsUsGoWhenOurDataIsOldFromThenOn() throws Exception {
        kernel.configure(JavaPeer.conf(
                kernel,
                "protocol C; connect-int 1;",
                "size " + (SIZE >> 10) + "K; fencing resource-and-stonith; } handlers { fence-peer /bin/true;"));
        kernel.createAndUp("r1");
        JavaPeer java = cleanup.add(JavaPeer.connect(kernel, SIZE, NetOptions.builder()));
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
        java.awaitInSync(kernel);
        kernel.drbdadm("primary r1");
        java.done(java.resource().disconnect());
        assertThat(java.state().disk()).isEqualTo(DiskState.OUTDATED);
        kernel.await(1, "WFConnection", "UpToDate/Outdated");
        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=4k count=20 seek=9 oflag=direct iflag=fullblock");
        java.resource().connect();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }

    private static ByteBuffer random(long seed) {
        byte[] content = new byte[65_536];
        new Random(seed).nextBytes(content);
        return ByteBuffer.wrap(content);
    }
}
