package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The compiled table against a list that is searched. */
class AccessProperties {
    @Provide
    Arbitrary<AccessRule> rules() {
        return Combinators.combine(
                        Arbitraries.longs().between(0, 3).map(MacAddress::of).optional(0.7),
                        Arbitraries.of("a", "b").optional(0.5),
                        Arbitraries.integers()
                                .between(0, 3)
                                .map(i -> new AoeAddress(i, 0))
                                .optional(0.6),
                        Arbitraries.of(Access.class),
                        Arbitraries.of(Operation.class).set())
                .as(AccessRule::new);
    }

    private static int weight(AccessRule r) {
        return (r.source().isPresent() ? 4 : 0)
                + (r.address().isPresent() ? 2 : 0)
                + (r.interfaceName().isPresent() ? 1 : 0);
    }

    private static <T> boolean fits(Optional<T> pattern, T value) {
        return pattern.isEmpty() || pattern.get().equals(value);
    }

    @Property(tries = 300)
    void theMostSpecificRuleWins(@ForAll List<@From("rules") AccessRule> puts) {
        AccessControl access = new AccessControl(Access.READ_ONLY, Set.of(Operation.READ));
        List<AccessRule> model = new ArrayList<>();
        for (AccessRule rule : puts) {
            access.put(rule);
            model.removeIf(rule::samePattern);
            model.add(rule);
        }
        assertThat(access.rules()).containsExactlyInAnyOrderElementsOf(model);
        for (int mac = 0; mac < 5; mac++) {
            for (String name : List.of("a", "b", "c")) {
                for (int shelf = 0; shelf < 5; shelf++) {
                    MacAddress source = MacAddress.of(mac);
                    AoeAddress address = new AoeAddress(shelf, 0);
                    AccessRule best = null;
                    for (AccessRule r : model) {
                        boolean good =
                                fits(r.source(), source) && fits(r.interfaceName(), name) && fits(r.address(), address);
                        if (good && (best == null || weight(r) > weight(best))) {
                            best = r;
                        }
                    }
                    Access expected = best == null ? Access.READ_ONLY : best.access();
                    assertThat(access.access(source, name, address)).isEqualTo(expected);
                    boolean reads = best == null || best.operations().contains(Operation.READ);
                    assertThat(access.allows(source, name, address, Operation.READ))
                            .isEqualTo(reads && expected != Access.NONE);
                }
            }
        }
    }
}
