package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Dialogues with the state machine; the clock is a number. */
class TransferTest {
    private static final TftpServerOptions LIMITS =
            TftpServerOptions.builder().listen(new InetSocketAddress(0)).build();
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final List<String> said = new ArrayList<>();

    private Transfer transfer(int window, boolean oack, long blocks) {
        Transfer.Port port = new Transfer.Port() {
            @Override
            public void oack() {
                said.add("OACK");
            }

            @Override
            public boolean data(long index) {
                said.add("DATA " + index);
                return index == blocks;
            }

            @Override
            public void flush() {
                // Nothing is held back here.
            }

            @Override
            public void ended(TftpOutcome outcome) {
                said.add(outcome.name());
            }
        };
        Map<String, String> answer = oack ? Map.of("windowsize", Integer.toString(window)) : Map.of();
        return new Transfer(port, new Negotiation(512, window, OptionalInt.empty(), answer), LIMITS);
    }

    private List<String> heard() {
        List<String> heard = List.copyOf(said);
        said.clear();
        return heard;
    }

    @Test
    void lockStepWithoutOptions() {
        Transfer transfer = transfer(1, false, 2);
        transfer.start(0);
        assertThat(heard()).containsExactly("DATA 1");
        transfer.acknowledged(1, 0);
        assertThat(heard()).containsExactly("DATA 2");
        transfer.acknowledged(2, 0);
        assertThat(heard()).containsExactly("COMPLETED");
    }

    @Test
    void aRepeatedAcknowledgementSendsNothingInLockStep() {
        Transfer transfer = transfer(1, true, 9);
        transfer.start(0);
        transfer.acknowledged(0, 0);
        transfer.acknowledged(1, 0);
        assertThat(heard()).containsExactly("OACK", "DATA 1", "DATA 2");
        transfer.acknowledged(1, 0);
        transfer.acknowledged(0, 0);
        transfer.acknowledged(7, 0);
        assertThat(heard()).isEmpty();
    }

    @Test
    void inAWindowTheFirstMissingBlockIsSentAgainButDuplicatesDoNotMultiply() {
        Transfer transfer = transfer(3, true, 9);
        transfer.start(0);
        transfer.acknowledged(0, 0);
        assertThat(heard()).containsExactly("OACK", "DATA 1", "DATA 2", "DATA 3");
        transfer.acknowledged(1, 0);
        assertThat(heard()).containsExactly("DATA 2", "DATA 3", "DATA 4");
        transfer.acknowledged(1, 0);
        assertThat(heard()).isEmpty();
        transfer.acknowledged(4, 0);
        assertThat(heard()).containsExactly("DATA 5", "DATA 6", "DATA 7");
        transfer.acknowledged(4, 0);
        assertThat(heard()).containsExactly("DATA 5", "DATA 6", "DATA 7");
        transfer.acknowledged(4, 0);
        assertThat(heard()).isEmpty();
        transfer.acknowledged(7, 0);
        assertThat(heard()).containsExactly("DATA 8", "DATA 9");
        transfer.acknowledged(9, 0);
        assertThat(heard()).containsExactly("COMPLETED");
    }

    @Test
    void beforeTheClientHasAnsweredOneDatagramGoesForEachTimeoutAndTheyAreFew() {
        Transfer transfer = transfer(4, true, 9);
        transfer.start(0);
        for (int i = 0; i < 20; i++) {
            transfer.tick(transfer.deadline());
        }
        assertThat(heard()).containsExactly("OACK", "OACK", "OACK", "OACK", "TIMED_OUT");
    }

    @Test
    void waitsDoubleUpToTheLimitAndTheLastBlockIsRepeatedUntilTheClientMustBeGone() {
        Transfer transfer = transfer(1, true, 1);
        transfer.start(0);
        transfer.acknowledged(0, 0);
        List<Long> waits = new ArrayList<>();
        long now = 0;
        while (!transfer.hasEnded()) {
            waits.add((transfer.deadline() - now) / SECOND);
            transfer.tick(transfer.deadline() - 1);
            now = transfer.deadline();
            transfer.tick(now);
        }
        assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 8L, 8L, 8L);
        assertThat(heard())
                .containsExactly(
                        "OACK", "DATA 1", "DATA 1", "DATA 1", "DATA 1", "DATA 1", "DATA 1", "DATA 1", "UNCONFIRMED");
    }

    @Test
    void aRepeatedRequestGetsTheFirstPacketAgainAndALateOneNothing() {
        Transfer transfer = transfer(1, true, 9);
        transfer.start(0);
        assertThat(transfer.requestedAgain(0)).isTrue();
        assertThat(heard()).containsExactly("OACK", "OACK");
        transfer.acknowledged(0, 0);
        assertThat(transfer.requestedAgain(0)).isTrue();
        assertThat(heard()).containsExactly("DATA 1");
        transfer.tick(transfer.deadline());
        assertThat(transfer.requestedAgain(0)).isFalse();
    }

    @Test
    void aFloodOfRequestsDoesNotGetAFloodOfAnswers() {
        Transfer transfer = transfer(1, false, 9);
        transfer.start(0);
        for (int i = 0; i < 1000; i++) {
            assertThat(transfer.requestedAgain(0)).isTrue();
        }
        assertThat(heard()).hasSize(9);
    }

    @Test
    void anErrorBeforeTheFirstBlockIsAProbeAndLaterAnAbort() {
        Transfer probe = transfer(1, true, 9);
        probe.start(0);
        probe.refused();
        assertThat(heard()).containsExactly("OACK", "PROBED");
        Transfer aborted = transfer(1, true, 9);
        aborted.start(0);
        aborted.acknowledged(0, 0);
        aborted.acknowledged(1, 0);
        aborted.refused();
        assertThat(heard()).endsWith("ABORTED");
        aborted.acknowledged(2, 0);
        aborted.tick(aborted.deadline());
        assertThat(heard()).isEmpty();
    }

    @Test
    void after65535ComesZero() {
        Transfer transfer = transfer(1, false, 140_000);
        transfer.start(0);
        for (long block = 1; block <= 140_000; block++) {
            transfer.acknowledged((int) (block & 0xffff), 0);
        }
        assertThat(said).hasSize(140_001).endsWith("DATA 140000", "COMPLETED");
    }
}
