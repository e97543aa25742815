package io.diskless.cluster.conf.drbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.CaptureFiles;
import io.diskless.cluster.conf.ConfigEditor;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Mutations;
import io.diskless.cluster.conf.Statement;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class DrbdConfigProperties {
    @Provide
    Arbitrary<String> mutated() {
        return Mutations.of(CaptureFiles.of("drbd-", ".conf"));
    }

    @Provide
    Arbitrary<ConfigText> samples() {
        return Arbitraries.of(CaptureFiles.of("drbd-", ".conf")).map(CaptureFiles.Sample::text);
    }

    @Property(tries = 2000)
    void anyTextIsReadWithoutAnException(@ForAll("mutated") String text, @ForAll DrbdDialect dialect) {
        DrbdConfig config = DrbdConfig.parse(ConfigText.of("f", text), dialect);
        assertThat(config.text().text()).isEqualTo(text);
        config.diagnostics().forEach(d -> assertThat(d.position().line()).isPositive());
        Mutations.assertWellFormed(config.tree());
        // The typed view holds what could be understood, whatever that is.
        config.resources().forEach(r -> {
            assertThat(r.net().protocol()).isIn('A', 'B', 'C', 'D', r.net().protocol());
            assertThat(r.toString()).isNotNull();
            r.disk().resyncRateBytes();
            r.hosts().forEach(h -> h.volumes().forEach(DrbdVolumeConfig::diskOptions));
        });
    }

    @Property(tries = 1000)
    void repairsEndAndAreRepairs(@ForAll("mutated") String text) {
        ConfigText now = ConfigText.of("f", text);
        for (int round = 0; round < 50; round++) {
            ConfigText next =
                    now.repaired(DrbdConfig.parse(now, DrbdDialect.V8_4).diagnostics());
            if (next.equals(now)) {
                return;
            }
            now = next;
        }
        throw new AssertionError("repairs do not end: " + now.text());
    }

    @Property(tries = 500)
    void removingAStatementChangesOnlyItsLines(@ForAll("samples") ConfigText text, @ForAll int pick) {
        DrbdConfig config = DrbdConfig.parse(text, DrbdDialect.V8_4);
        List<Statement> all = config.tree().flatten();
        Statement victim = all.get(Math.floorMod(pick, all.size()));
        ConfigText changed = new ConfigEditor(config.tree()).remove(victim).apply();
        Mutations.assertOnlyLinesChanged(text, changed, victim.span());
    }

    @Property(tries = 500)
    void replacingAValueChangesOnlyItsLine(@ForAll("samples") ConfigText text, @ForAll int pick) {
        DrbdConfig config = DrbdConfig.parse(text, DrbdDialect.V8_4);
        List<Statement> all = config.tree().flatten().stream()
                .filter(s -> s.arguments().size() == 1 && s.body().isEmpty())
                .toList();
        if (all.isEmpty()) {
            return;
        }
        Statement statement = all.get(Math.floorMod(pick, all.size()));
        ConfigText changed = new ConfigEditor(config.tree())
                .replaceArguments(statement, "changed")
                .apply();
        Mutations.assertOnlyLinesChanged(text, changed, statement.span());
        DrbdConfig again = DrbdConfig.parse(changed, DrbdDialect.V8_4);
        assertThat(again.tree().flatten().stream().flatMap(s -> s.arguments().stream()))
                .anyMatch(w -> w.value().equals("changed"));
    }
}
