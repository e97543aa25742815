package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.drbd.DrbdException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TwoPrimariesTest {
    private static final int SIZE = 1 << 20;

    @Test
    void neverTwoWritersByDefault() throws Exception {
        NetOptions net = Pair.fast().build();
        try (Pair pair = new Pair(o -> o.net(net), o -> o.net(net), SIZE)) {
            ReplicationTest.sync(pair);
            assertThatThrownBy(() -> pair.b.resource.promote(false).get(60, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(DrbdException.class)
                    .hasMessageContaining("both would be Primary");
        }
    }

    /** Either side's veto is enough, and one that is taken back leaves no trace. */
    @Test
    void neverTwoWritersWhileOneSideDoesNotPermitIt() throws Exception {
        NetOptions net = Pair.fast().twoPrimaries(true).build();
        try (Pair pair = new Pair(o -> o.net(net), o -> o.net(net), SIZE)) {
            ReplicationTest.sync(pair);
            for (Pair.Side veto : List.of(pair.a, pair.b)) {
                veto.resource.permitTwoPrimaries(false).get(60, TimeUnit.SECONDS);
                assertThatThrownBy(() -> pair.b.resource.promote(false).get(60, TimeUnit.SECONDS))
                        .hasRootCauseInstanceOf(DrbdException.class)
                        .hasMessageContaining("both would be Primary");
                veto.resource.permitTwoPrimaries(true).get(60, TimeUnit.SECONDS);
            }

            pair.b.resource.promote(false).get(60, TimeUnit.SECONDS);
            pair.a.awaitState("cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate");
            // The lease ends: who is Primary stays so until it is told otherwise.
            pair.a.resource.permitTwoPrimaries(false).get(60, TimeUnit.SECONDS);
            pair.a.resource.demote().get(60, TimeUnit.SECONDS);
            pair.b.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            assertThatThrownBy(() -> pair.a.resource.promote(false).get(60, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(DrbdException.class)
                    .hasMessageContaining("both would be Primary");
        }
    }

    /** Both sides write overlapping ranges as fast as they can; each side writes its own ranges one after the other. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void overlappingWritesLeaveBothSidesAlike(long seed) throws Exception {
        NetOptions net = Pair.fast().twoPrimaries(true).build();
        try (Pair pair = new Pair(o -> o.net(net), o -> o.net(net), SIZE)) {
            ReplicationTest.sync(pair);
            pair.b.resource.promote(false).get(60, TimeUnit.SECONDS);
            pair.a.awaitState("cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate");

            CompletableFuture<Void> a = writes(pair.a, new Random(seed), 0, 300);
            CompletableFuture<Void> b = writes(pair.b, new Random(seed + 100), 0, 300);
            a.get(60, TimeUnit.SECONDS);
            b.get(60, TimeUnit.SECONDS);
            pair.a.resource.demote().get(60, TimeUnit.SECONDS);
            pair.b.resource.demote().get(60, TimeUnit.SECONDS);
            pair.a.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");

            assertThat(ReplicationTest.content(pair.diskB, SIZE)).isEqualTo(ReplicationTest.content(pair.diskA, SIZE));
            assertThat(pair.a.events.toString() + pair.b.events).doesNotContain("ConnectionLost");
        }
    }

    /** A round of writes that do not overlap each other, then the next round. */
    private static CompletableFuture<Void> writes(Pair.Side side, Random random, int round, int rounds) {
        if (round == rounds) {
            return CompletableFuture.completedFuture(null);
        }
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int length = 512 * (1 + random.nextInt(16));
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            long offset = 16_384L * i + 512L * random.nextInt(16);
            all.add(side.resource.volume(0).writeAsync(offset, ByteBuffer.wrap(bytes), 0));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenComposeAsync(x -> writes(side, random, round + 1, rounds));
    }
}
