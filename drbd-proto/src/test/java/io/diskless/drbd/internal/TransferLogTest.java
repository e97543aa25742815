package io.diskless.drbd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransferLogTest {
    private static final class W extends TransferLog.Write {}

    private final TransferLog log = new TransferLog(3, 36);
    private final List<TransferLog.Write> released = new ArrayList<>();

    @Test
    void writesUnderWayTogetherAreOneEpoch() {
        W a = add();
        W b = add();
        assertThat(log.barrierDue()).isFalse();

        log.completed(a);
        assertThat(log.barrierDue()).isTrue();
        assertThat(log.takeBarrier()).isEqualTo(36);
        log.completed(b);
        assertThat(log.barrierDue()).as("the next epoch has no writes").isFalse();
        add();

        assertThat(log.onBarrierAck(36, 2, released::add)).isEqualTo(TransferLog.Verdict.ACCEPTED);
        assertThat(released).containsExactly(a, b);
        assertThat(log.writes()).isEqualTo(1);
    }

    @Test
    void anEpochHasAtMostItsSize() {
        add();
        add();
        add();

        assertThat(log.barrierDue()).isTrue();
        assertThatIllegalStateException().isThrownBy(() -> log.add(new W())).withMessageContaining("36");
    }

    @Test
    void anEmptyEpochCostsNoBarrier() {
        log.close();

        assertThat(log.barrierDue()).isFalse();
        assertThatIllegalStateException().isThrownBy(log::takeBarrier);
    }

    @Test
    void anAcknowledgementMustNameTheOldestEpochAndCountItsWrites() {
        assertThat(log.onBarrierAck(36, 0, released::add)).isEqualTo(TransferLog.Verdict.NO_EPOCH);
        add();
        log.close();
        assertThat(log.onBarrierAck(36, 1, released::add)).as("not sent yet").isEqualTo(TransferLog.Verdict.NO_EPOCH);
        log.takeBarrier();
        add();
        log.close();
        log.takeBarrier();

        assertThat(log.onBarrierAck(37, 1, released::add)).isEqualTo(TransferLog.Verdict.WRONG_NUMBER);
        assertThat(log.onBarrierAck(36, 2, released::add)).isEqualTo(TransferLog.Verdict.WRONG_COUNT);
        assertThat(released).isEmpty();
        assertThat(log.onBarrierAck(36, 1, released::add)).isEqualTo(TransferLog.Verdict.ACCEPTED);
        assertThat(log.onBarrierAck(36, 1, released::add)).isEqualTo(TransferLog.Verdict.WRONG_NUMBER);
    }

    /** Wire spec §8.4: one superseded and one normal write are acknowledged with 1; an emptied epoch not at all. */
    @Test
    void aSupersededWriteLeavesItsEpoch() {
        W lost = add();
        add();
        log.close();
        log.takeBarrier();
        W alone = add();
        log.close();
        log.takeBarrier();

        log.remove(lost);
        log.remove(alone);

        assertThat(log.onBarrierAck(36, 1, released::add)).isEqualTo(TransferLog.Verdict.ACCEPTED);
        assertThat(log.waitingEpochs()).isZero();
        assertThat(lost.isLogged()).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> log.remove(lost));
    }

    @Test
    void anEpochThatIsEmptiedBeforeItsBarrierGoesOn() {
        W lost = add();
        log.completed(lost);
        log.remove(lost);

        assertThat(log.barrierDue()).isFalse();
        add();
        log.close();
        assertThat(log.takeBarrier()).isEqualTo(36);
    }

    /** A kernel that resolves conflicts never acknowledges an epoch in which it refused a write, nor a later one. */
    @Test
    void whatIsNeverAcknowledgedCanBeRetired() {
        W lost = add();
        W kept = add();
        log.close();
        log.takeBarrier();
        W later = add();
        log.remove(lost);

        assertThat(log.retire(released::add)).isTrue();
        assertThat(released).containsExactly(kept);
        assertThat(log.retire(released::add))
                .as("the current epoch is not retired")
                .isFalse();
        assertThat(log.writes()).isEqualTo(1);
        assertThat(log.waitingEpochs()).isEqualTo(1);

        assertThat(log.onBarrierAck(36, 1, released::add))
                .as("late, but right")
                .isEqualTo(TransferLog.Verdict.ACCEPTED);
        assertThat(released).containsExactly(kept);
        assertThat(later.isLogged()).isTrue();
    }

    /** A kernel passes over the epoch in which it refused a write, and acknowledges the next. */
    @Test
    void anAcknowledgementMayPassOverAnEpochThatLostAWrite() {
        W lost = add();
        W kept = add();
        log.close();
        log.takeBarrier();
        W later = add();
        log.close();
        log.takeBarrier();
        log.remove(lost);

        assertThat(log.onBarrierAck(37, 1, released::add)).isEqualTo(TransferLog.Verdict.ACCEPTED);
        assertThat(released).containsExactly(later);
        assertThat(log.waitingEpochs()).isEqualTo(1);
        assertThat(log.onBarrierAck(38, 0, released::add)).isEqualTo(TransferLog.Verdict.WRONG_NUMBER);

        log.drain(released::add);
        assertThat(released).as("dirty when the connection ends").containsExactly(later, kept);
    }

    private W add() {
        W w = new W();
        log.add(w);
        return w;
    }
}
