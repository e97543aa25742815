package io.diskless.drbd.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every handshake that the captured kernels logged: the same rule, the same verdict, the same state afterwards. */
class UuidDecisionsVectorsTest {
    private static final Pattern VERDICT = Pattern.compile("uuid_compare\\(\\)=(-?\\d+) by rule (\\d+)");
    private static final Pattern CONN = Pattern.compile("conn\\( \\w+ -> (\\w+) \\)");

    /** One handshake: what the kernel compared, and the lines that follow up to the next connection state. */
    record Logged(String scene, String node, int version, Uuids self, Uuids peer, String verdict, List<String> after) {
        @Override
        public String toString() {
            return scene + " " + node + ": " + verdict;
        }
    }

    static Stream<Logged> handshakes() {
        List<Logged> found = new ArrayList<>();
        for (KernelLog.Section section : KernelLog.sections()) {
            List<String> lines = section.lines();
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).contains("uuid_compare()=")) {
                    int end = i + 1;
                    while (!CONN.matcher(lines.get(end)).find()) {
                        end++;
                    }
                    found.add(new Logged(
                            section.scene(),
                            section.node(),
                            section.version(),
                            KernelLog.set(lines.get(i - 2)),
                            KernelLog.set(lines.get(i - 1)),
                            lines.get(i),
                            lines.subList(i + 1, end + 1)));
                }
            }
        }
        return found.stream();
    }

    @Test
    void theLogHoldsAllHandshakes() {
        assertThat(handshakes()).hasSize(44);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("handshakes")
    void theTableFindsTheKernelsRule(Logged logged) {
        Matcher m = VERDICT.matcher(logged.verdict());
        assertThat(m.find()).isTrue();

        UuidComparison found = UuidComparison.of(logged.self(), logged.peer(), context(logged));

        assertThat(found.rule()).as(found.explain()).isEqualTo(Integer.parseInt(m.group(2)));
        assertThat(found.verdict().number()).as(found.explain()).isEqualTo(Integer.parseInt(m.group(1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("handshakes")
    void theDecisionLeadsToTheKernelsState(Logged logged) {
        SyncHandshake.Decision decision = SyncHandshake.decide(situation(logged));

        String last = logged.after().get(logged.after().size() - 1);
        Matcher m = CONN.matcher(last);
        assertThat(m.find()).isTrue();
        if (decision.next() == ConnectionState.DISCONNECTING) {
            // Either this node disconnected first, or it saw the other one do it.
            assertThat(m.group(1)).as(decision.explain()).isIn("Disconnecting", "NetworkFailure");
        } else {
            assertThat(decision.next().label()).as(decision.explain()).isEqualTo(m.group(1));
        }
        assertThat(decision.words().stream().anyMatch(w -> w.contains("due to disk states")))
                .isEqualTo(logged.after().stream().anyMatch(l -> l.contains("due to disk states")));
        // The logs of the old versions are excerpts without this line.
        if (!logged.scene().startsWith("old-protocol")) {
            assertThat(decision.words().stream().anyMatch(w -> w.startsWith("No resync, but")))
                    .isEqualTo(logged.after().stream().anyMatch(l -> l.contains("No resync, but")));
        }
        assertThat(decision.words().stream().anyMatch(w -> w.contains("solved")))
                .isEqualTo(logged.after().stream().anyMatch(l -> l.contains("solved")));
    }

    private static UuidComparison.Context context(Logged logged) {
        // Bit 0 of the current identifier mirrors the present role. No logged case depends on a tie.
        return new UuidComparison.Context(
                new Dialect(logged.version(), logged.version() == 101 ? Dialect.FF_ALL : 0),
                role(logged.self()),
                role(logged.peer()),
                true);
    }

    private static SyncHandshake.Situation situation(Logged logged) {
        boolean autoRecovery = logged.scene().startsWith("22-");
        SplitBrainPolicies policies = new SplitBrainPolicies(
                AfterSplitBrain.DISCONNECT,
                autoRecovery ? AfterSplitBrain.DISCARD_SECONDARY : AfterSplitBrain.DISCONNECT,
                AfterSplitBrain.DISCONNECT,
                false,
                RoleConflict.DISCONNECT);
        // The kernel logs its own flags as 0, whatever they are: the second try of this scene was made with the wish.
        boolean wish = logged.after().stream().anyMatch(l -> l.contains("manually solved. Sync from peer"));
        Uuids self = wish ? logged.self().withFlags(Uuids.FLAG_DISCARD_MY_DATA) : logged.self();
        // The Primary of this scene attaches its disk while connected.
        boolean attaching = logged.scene().startsWith("27-") && logged.node().equals("alice");
        return new SyncHandshake.Situation(
                self,
                logged.peer(),
                context(logged),
                attaching ? DiskState.NEGOTIATING : disk(self),
                disk(self),
                disk(logged.peer()),
                policies,
                false);
    }

    private static Role role(Uuids u) {
        return (u.current() & Uuids.PRIMARY_BIT) != 0 ? Role.PRIMARY : Role.SECONDARY;
    }

    private static DiskState disk(Uuids u) {
        return u.current() == Uuids.JUST_CREATED ? DiskState.INCONSISTENT : DiskState.UP_TO_DATE;
    }
}
