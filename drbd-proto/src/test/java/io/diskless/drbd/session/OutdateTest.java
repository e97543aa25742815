package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.state.StateChangeResult;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.StateWord;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A Primary that fences asks for the end of the connection, and that its peer takes its own data for old. */
@SuppressWarnings("FutureReturnValueIgnored") // The answer is what is waited for.
class OutdateTest {
    private static CompletableFuture<StateChangeResult> leave(Pair.Side side) {
        CompletableFuture<StateChangeResult> answer = new CompletableFuture<>();
        ResourceCore core = side.resource.core();
        int mask = StateWord.CONN_MASK | StateWord.PDSK_MASK;
        int value =
                StateWord.withPeerDisk(StateWord.withConnection(0, ConnectionState.DISCONNECTING), DiskState.OUTDATED);
        core.run(() -> Objects.requireNonNull(core.link())
                .requests()
                .ask(0, mask, value)
                .whenComplete((result, failure) -> {
                    core.leaving().disconnect(true);
                    answer.complete(result);
                }));
        return answer;
    }

    @Test
    void aSecondaryIsOutdatedUntilItMeetsItsPeerAgain() throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            ReplicationTest.sync(pair);
            assertThat(leave(pair.a).get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(StateChangeResult.SUCCESS);
            pair.b.awaitState("cs:WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown");
            assertThatThrownBy(() -> pair.b.resource.promote(false).get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.NO_DATA));
            pair.a.resource.volume(0).write(0, ByteBuffer.allocate(4096));
            pair.a.resource.connect();
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
        }
    }

    @Test
    void aPrimaryDoesNotLetItselfBeOutdated() throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            ReplicationTest.sync(pair);
            assertThat(leave(pair.b)
                            .get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .isSuccess())
                    .isFalse();
            assertThat(pair.a.state().disk()).isEqualTo(DiskState.UP_TO_DATE);
        }
    }
}
