package io.diskless.cluster.conf.drbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.CaptureFiles;
import io.diskless.cluster.conf.CaptureFiles.Sample;
import io.diskless.cluster.conf.Diagnostic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every drbd.conf sample gets, in each of the three dialects, the verdict of that dialect's drbdadm. */
class DrbdVectorsTest {
    private static final Map<DrbdDialect, String> COLUMN =
            Map.of(DrbdDialect.V8_3, "83=", DrbdDialect.V8_4, "84=", DrbdDialect.V9, "9=");

    static Stream<Arguments> verdicts() {
        List<Arguments> cases = new ArrayList<>();
        for (Sample sample : CaptureFiles.of("drbd-", ".conf")) {
            for (DrbdDialect dialect : DrbdDialect.values()) {
                String column = Stream.of(sample.verdict().split(" ", -1))
                        .filter(v -> v.startsWith(COLUMN.get(dialect)))
                        .findFirst()
                        .orElseThrow();
                boolean accepted = column.equals(COLUMN.get(dialect) + "0");
                cases.add(Arguments.of(sample, dialect, accepted));
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("verdicts")
    void theVerdictIsTheToolsOwn(Sample sample, DrbdDialect dialect, boolean accepted) {
        DrbdConfig config = DrbdConfig.parse(sample.text(), dialect);
        assertThat(config.isAccepted())
                .as("%s in dialect %s: %s", sample, dialect.release(), config.diagnostics())
                .isEqualTo(accepted);
        if (accepted && sample.isLenient()) {
            assertThat(config.diagnostics())
                    .as("the tool lets %s through, we do not", sample)
                    .isNotEmpty();
        }
        if (sample.isGood() && accepted) {
            assertThat(config.diagnostics()).as("a right file has no finding").isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("verdicts")
    void everyFindingSaysWhereAndWhat(Sample sample, DrbdDialect dialect, boolean accepted) {
        for (Diagnostic diagnostic : DrbdConfig.parse(sample.text(), dialect).diagnostics()) {
            assertThat(diagnostic.position().file()).isEqualTo(sample.name());
            assertThat(diagnostic.position().line()).isBetween(1, sample.text().lineCount());
            assertThat(diagnostic.code()).startsWith("drbd.");
            assertThat(diagnostic.message()).isNotBlank();
        }
    }
}
