package io.diskless.cluster.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Texts that are nearly right, and what must hold for every tree and every edit. */
public final class Mutations {
    private static final String SPICE = "{};:[]\"'#=<>/!&\\ \t\r\n\u0000\u00A0\u201C\u2013\uFEFF\uD83D0aZ-_.,";

    private Mutations() {}

    /** A sample with a few characters deleted, inserted or replaced, or cut short, or wholly random. */
    public static Arbitrary<String> of(List<CaptureFiles.Sample> samples) {
        Arbitrary<String> base = Arbitraries.of(samples).map(s -> s.text().text());
        Arbitrary<int[]> change = Combinators.combine(
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 1_000_000),
                        Arbitraries.integers().between(0, SPICE.length() - 1))
                .as((kind, where, what) -> new int[] {kind, where, what});
        Arbitrary<String> mutated = Combinators.combine(
                        base, change.list().ofMinSize(1).ofMaxSize(6))
                .as((text, changes) -> changes.stream().reduce(text, Mutations::apply, (a, b) -> b));
        return Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(9, mutated),
                net.jqwik.api.Tuple.of(1, Arbitraries.strings().ofMaxLength(60)));
    }

    private static String apply(String text, int[] change) {
        int at = text.isEmpty() ? 0 : change[1] % text.length();
        String spice = SPICE.substring(change[2], change[2] + 1);
        return switch (change[0]) {
            case 0 -> text.substring(0, at) + spice + text.substring(at);
            case 1 -> text.isEmpty() ? spice : text.substring(0, at) + spice + text.substring(at + 1);
            case 2 -> text.isEmpty() ? text : text.substring(0, at) + text.substring(at + 1);
            default -> text.substring(0, at);
        };
    }

    /** Spans lie in the text and in order, children inside their section. */
    public static void assertWellFormed(ConfigTree tree) {
        assertInside(tree.statements(), new Span(0, tree.text().length()));
    }

    private static void assertInside(List<Statement> statements, Span outer) {
        int last = outer.start();
        for (Statement statement : statements) {
            Span span = statement.span();
            assertThat(span.start()).as("after the one before").isGreaterThanOrEqualTo(last);
            assertThat(span.end()).isLessThanOrEqualTo(outer.end());
            assertThat(statement.keyword().span().start()).isGreaterThanOrEqualTo(span.start());
            statement.arguments().forEach(word -> {
                assertThat(word.span().start()).isGreaterThanOrEqualTo(span.start());
                assertThat(word.span().end()).isLessThanOrEqualTo(span.end());
            });
            statement.body().ifPresent(body -> assertInside(statement.children(), body));
            last = span.end();
        }
    }

    /** Everything before the first and after the last line of the span is as it was. */
    public static void assertOnlyLinesChanged(ConfigText before, ConfigText after, Span span) {
        int first = before.lineSpan(before.line(span.start())).start();
        int last = before.lineSpan(before.line(Math.max(span.start(), span.end() - 1)))
                .end();
        assertThat(after.text()).startsWith(before.text().substring(0, first));
        assertThat(after.text()).endsWith(before.text().substring(last));
        assertThat(after.length()).isGreaterThanOrEqualTo(first + before.length() - last);
    }
}
