package io.diskless.cluster.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/** What holds in every language but drbd.conf, which has properties of its own. */
class ConfigLanguagesProperties {
    @Provide
    Arbitrary<Tuple2<ConfigVectorsTest.Language, String>> mutated() {
        return Arbitraries.of(ConfigVectorsTest.LANGUAGES)
                .flatMap(language -> Mutations.of(CaptureFiles.of(language.prefix(), language.suffix()))
                        .map(text -> Tuple.of(language, text)));
    }

    @Provide
    Arbitrary<ConfigDocument> samples() {
        return Arbitraries.of(ConfigVectorsTest.LANGUAGES)
                .flatMap(language -> Arbitraries.of(CaptureFiles.of(language.prefix(), language.suffix()))
                        .map(sample -> language.parser().apply(sample.text())));
    }

    @Property(tries = 4000)
    void anyTextIsReadWithoutAnException(@ForAll("mutated") Tuple2<ConfigVectorsTest.Language, String> given) {
        ConfigDocument document = given.get1().parser().apply(ConfigText.of("f", given.get2()));
        assertThat(document.text().text()).isEqualTo(given.get2());
        Mutations.assertWellFormed(document.tree());
        assertThat(document.toString()).isNotNull();
        document.diagnostics().forEach(d -> assertThat(d.position().line()).isPositive());
    }

    @Property(tries = 1000)
    void repairsEnd(@ForAll("mutated") Tuple2<ConfigVectorsTest.Language, String> given) {
        ConfigText now = ConfigText.of("f", given.get2());
        for (int round = 0; round < 50; round++) {
            ConfigText next = now.repaired(given.get1().parser().apply(now).diagnostics());
            if (next.equals(now)) {
                return;
            }
            now = next;
        }
        throw new AssertionError("repairs do not end: " + now.text());
    }

    @Property(tries = 1000)
    void removingAStatementChangesOnlyItsLines(@ForAll("samples") ConfigDocument document, @ForAll int pick) {
        List<Statement> all = document.tree().flatten();
        if (!all.isEmpty()) {
            Statement victim = all.get(Math.floorMod(pick, all.size()));
            ConfigText changed =
                    new ConfigEditor(document.tree()).remove(victim).apply();
            Mutations.assertOnlyLinesChanged(document.text(), changed, victim.span());
        }
    }
}
