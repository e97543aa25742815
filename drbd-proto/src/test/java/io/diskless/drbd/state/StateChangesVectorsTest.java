package io.diskless.drbd.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every change of state that the captured kernels logged is a step of the chart, and leads to a sanitised state. */
class StateChangesVectorsTest {
    private static final Pattern CHANGE = Pattern.compile("(\\w+)\\( (\\w+) -> (\\w+) \\)");

    /** One line of the log, with the whole state before and after it as far as the section tells. */
    record Change(String where, String line, VolumeState before, VolumeState after, int version, boolean newCurrent) {
        @Override
        public String toString() {
            return where + ": " + line;
        }
    }

    static Stream<Change> changes() {
        List<Change> changes = new ArrayList<>();
        for (KernelLog.Section section : KernelLog.sections()) {
            List<String> lines = section.lines();
            VolumeState state = start(lines);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (!CHANGE.matcher(line).find()) {
                    continue;
                }
                VolumeState after = follow(state, line);
                // Not the one by which an administrator skips the first resync: it comes from 4.
                boolean newCurrent = i + 1 < lines.size()
                        && lines.get(i + 1).contains(": new current UUID ")
                        && KernelLog.set(lines.get(i + 1)).bitmap() != Uuids.JUST_CREATED;
                changes.add(new Change(section.toString(), line, state, after, section.version(), newCurrent));
                state = after;
            }
        }
        return changes.stream();
    }

    @Test
    void theLogHoldsAllChanges() {
        assertThat(changes()).hasSizeGreaterThan(350);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void aKernelsChangeIsOneOfOurs(Change change) {
        ConnectionState from = change.before().connection();
        ConnectionState to = change.after().connection();
        if (from != to) {
            assertThat(Arrays.stream(ConnectionEvent.values())
                            .map(e -> ConnectionChart.next(from, e))
                            .flatMap(java.util.Optional::stream))
                    .as("%s leads to %s", from, to)
                    .contains(to);
            assertThat(StateValidator.connection(from, to)).isEqualTo(StateChangeResult.SUCCESS);
        }
        assertThat(StateSanitizer.sanitize(change.before(), change.after(), StatePolicy.DEFAULT))
                .as("what a kernel arrived at needs no sanitising")
                .isEqualTo(change.after());
    }

    /** A new generation begins exactly where the kernel began one. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void aNewGenerationBeginsWhereTheKernelBeganOne(Change change) {
        boolean promotion = change.before().role() != change.after().role();
        if (!promotion) {
            Uuids idle = new Uuids(0xA0, 0, 0, 0, 0, 0);

            assertThat(AfterChange.of(change.before(), change.after(), idle, new Dialect(change.version(), 0))
                            .contains(AfterChange.NEW_CURRENT_UUID))
                    .isEqualTo(change.newCurrent());
        }
    }

    /** What the lines do not tell before they first change it: the value that the first change names. */
    private static VolumeState start(List<String> lines) {
        VolumeState told = VolumeState.of(
                first(lines, "role", StateChangesVectorsTest::role, byBitZero(lines, false)),
                first(lines, "peer", StateChangesVectorsTest::role, byBitZero(lines, true)),
                first(lines, "conn", StateChangesVectorsTest::connection, ConnectionState.CONNECTED),
                first(lines, "disk", StateChangesVectorsTest::disk, DiskState.UP_TO_DATE),
                first(lines, "pdsk", StateChangesVectorsTest::disk, DiskState.UP_TO_DATE));
        return StateSanitizer.sanitize(told, told, StatePolicy.DEFAULT);
    }

    /** Bit 0 of a current identifier mirrors its node's role. */
    private static Role byBitZero(List<String> lines, boolean peer) {
        boolean primary = lines.stream()
                .filter(l -> KernelLog.SET.matcher(l).find() && l.contains(" peer ") == peer)
                .findFirst()
                .map(l -> (KernelLog.set(l).current() & Uuids.PRIMARY_BIT) != 0)
                .orElse(false);
        return primary ? Role.PRIMARY : Role.SECONDARY;
    }

    private static <T> T first(List<String> lines, String field, Function<String, T> value, T otherwise) {
        for (String line : lines) {
            Matcher m = CHANGE.matcher(line);
            while (m.find()) {
                if (m.group(1).equals(field)) {
                    return value.apply(m.group(2));
                }
            }
        }
        return otherwise;
    }

    private static VolumeState follow(VolumeState before, String line) {
        VolumeState s = before;
        Matcher m = CHANGE.matcher(line);
        while (m.find()) {
            String value = m.group(3);
            s = switch (m.group(1)) {
                case "role" -> s.withRole(role(value));
                case "peer" -> s.withPeer(role(value));
                case "conn" -> s.withConnection(connection(value));
                case "disk" -> s.withDisk(disk(value));
                case "pdsk" -> s.withPeerDisk(disk(value));
                case "user_isp" -> s.withFlags(StateWord.USER_ISP, value.equals("1"));
                case "peer_isp" -> s.withFlags(StateWord.PEER_ISP, value.equals("1"));
                default -> throw new AssertionError("unknown field in " + line);
            };
        }
        return s;
    }

    private static Role role(String label) {
        return find(Role.values(), Role::label, label);
    }

    private static ConnectionState connection(String label) {
        return find(ConnectionState.values(), ConnectionState::label, label);
    }

    private static DiskState disk(String label) {
        return find(DiskState.values(), DiskState::label, label);
    }

    private static <T> T find(T[] values, Function<T, String> label, String wanted) {
        return Arrays.stream(values)
                .filter(v -> label.apply(v).equals(wanted))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no value has the label " + wanted));
    }
}
