package io.diskless.drbd.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.Uuids;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every set of identifiers that the captured kernels logged follows from the one before by our operations. */
class GenerationsVectorsTest {
    private final Map<String, Integer> seen = new HashMap<>();

    @Test
    void eachLoggedSetFollowsFromTheOneBefore() {
        for (KernelLog.Section section : KernelLog.sections()) {
            follow(section);
        }

        // Sections that begin with a change do not show the set before it.
        assertThat(seen)
                .containsEntry("new current", 3)
                .containsEntry("start source", 10)
                .containsEntry("start target", 10)
                .containsEntry("finish source", 12)
                .containsEntry("finish target", 10)
                .containsEntry("skip", 2)
                .containsEntry("accept skip", 2);
    }

    private void follow(KernelLog.Section section) {
        Uuids self = null;
        Uuids peer = null;
        List<String> lines = section.lines();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (!KernelLog.SET.matcher(line).find()) {
                continue;
            }
            Uuids now = KernelLog.set(line);
            boolean primary = (now.current() & Uuids.PRIMARY_BIT) != 0;
            String where = section + ": " + line;
            if (line.contains(" peer ")) {
                peer = now;
                continue;
            }
            if (self != null && !line.contains(" self ") && !line.contains("attached to")) {
                Uuids before = self;
                if (line.contains("new current UUID")) {
                    check("new current", where, now, Generations.newCurrent(before, now.current(), primary));
                } else if (line.contains("updated sync UUID")) {
                    check("start source", where, now, Generations.startAsSource(before, now.bitmap()));
                } else if (line.contains("updated sync uuid")) {
                    check("start target", where, now, Generations.startAsTarget(before, now.current(), primary));
                } else if (line.contains("cleared bitmap")) {
                    check("skip", where, now, skipped(now));
                } else if (line.contains("receiver updated UUIDs")) {
                    Uuids announced = Generations.announceSkip(skipped(now));
                    check("accept skip", where, now, Generations.acceptSkip(before, announced, primary));
                } else if (line.contains("updated UUIDs") && isSource(lines, i)) {
                    check("finish source", where, now, Generations.finishAsSource(before));
                } else if (line.contains("updated UUIDs") && peer != null) {
                    check("finish target", where, now, Generations.finishAsTarget(before, peer, primary));
                }
            }
            self = now;
        }
    }

    private static Uuids skipped(Uuids now) {
        return Generations.skipInitialSync(Generations.created(), now.current(), false);
    }

    /** The end of a resync is logged before the state that follows: the next one names the former state. */
    private static boolean isSource(List<String> lines, int at) {
        return lines.subList(at, lines.size()).stream()
                .filter(l -> l.contains(" -> Connected )"))
                .findFirst()
                .orElseThrow()
                .contains("SyncSource");
    }

    private void check(String what, String where, Uuids logged, Uuids computed) {
        assertThat(computed.withBits(0).withFlags(0))
                .as(where)
                .isEqualTo(logged.withBits(0).withFlags(0));
        seen.merge(what, 1, Integer::sum);
    }
}
