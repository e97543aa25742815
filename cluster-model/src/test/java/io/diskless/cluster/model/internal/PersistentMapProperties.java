package io.diskless.cluster.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Beside a map of the JDK, with keys whose hashes collide often. */
class PersistentMapProperties {
    /** A key with as few hashes as a test wants; some equal in all 32 bits, some only in the low ones. */
    record Key(int number) {
        @Override
        public int hashCode() {
            return number % 3 == 0 ? number % 5 : number % 3 == 1 ? number << 20 : number;
        }
    }

    record Step(boolean put, int key, int value) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Step> step = Arbitraries.integers()
                .between(0, 60)
                .flatMap(key -> Arbitraries.integers()
                        .between(0, 3)
                        .flatMap(value -> Arbitraries.of(true, true, false).map(put -> new Step(put, key, value))));
        return step.list().ofMaxSize(200);
    }

    private static PersistentMap<Key, Integer> run(
            PersistentMap<Key, Integer> map, List<Step> steps, Map<Key, Integer> twin) {
        PersistentMap<Key, Integer> now = map;
        for (Step step : steps) {
            Key key = new Key(step.key());
            if (step.put()) {
                now = now.put(key, step.value());
                twin.put(key, step.value());
            } else {
                now = now.remove(key);
                twin.remove(key);
            }
        }
        return now;
    }

    private static Map<Key, Integer> contents(PersistentMap<Key, Integer> map) {
        Map<Key, Integer> seen = new HashMap<>();
        map.forEach(
                (k, v) -> assertThat(seen.put(k, v)).as("%s is shown once", k).isNull());
        return seen;
    }

    @Property
    void holdsWhatAMapOfTheJdkHolds(@ForAll("steps") List<Step> steps) {
        Map<Key, Integer> twin = new HashMap<>();
        PersistentMap<Key, Integer> map = run(PersistentMap.empty(), steps, twin);
        assertThat(contents(map)).isEqualTo(twin);
        assertThat(map.size()).isEqualTo(twin.size());
        twin.forEach((k, v) -> assertThat(map.get(k)).isEqualTo(v));
        for (int i = 0; i < 70; i++) {
            assertThat(map.containsKey(new Key(i))).isEqualTo(twin.containsKey(new Key(i)));
        }
    }

    @Property
    void anOldMapStaysAsItWas(@ForAll("steps") List<Step> first, @ForAll("steps") List<Step> then) {
        Map<Key, Integer> twin = new HashMap<>();
        PersistentMap<Key, Integer> old = run(PersistentMap.empty(), first, twin);
        run(old, then, new HashMap<>(twin));
        assertThat(contents(old)).isEqualTo(twin);
    }

    @Property
    void equalContentsAreEqualHoweverTheyCameAbout(@ForAll("steps") List<Step> steps) {
        Map<Key, Integer> twin = new HashMap<>();
        PersistentMap<Key, Integer> map = run(PersistentMap.empty(), steps, twin);
        PersistentMap<Key, Integer> straight = PersistentMap.empty();
        for (Map.Entry<Key, Integer> entry : twin.entrySet()) {
            straight = straight.put(entry.getKey(), entry.getValue());
        }
        assertThat(map).isEqualTo(straight).hasSameHashCodeAs(straight);
        assertThat(map.put(new Key(1000), 1)).isNotEqualTo(straight);
    }

    @Property
    void aDiffNamesEveryDifferenceOnce(@ForAll("steps") List<Step> first, @ForAll("steps") List<Step> then) {
        Map<Key, Integer> before = new HashMap<>();
        PersistentMap<Key, Integer> a = run(PersistentMap.empty(), first, before);
        Map<Key, Integer> after = new HashMap<>(before);
        PersistentMap<Key, Integer> b = run(a, then, after);
        Map<Key, Integer> replayed = new HashMap<>(before);
        Set<Key> named = new HashSet<>();
        a.diff(b, (k, was, is) -> {
            assertThat(named.add(k)).as("%s is named once", k).isTrue();
            assertThat(was).isEqualTo(before.get(k)).isNotEqualTo(is);
            if (is == null) {
                replayed.remove(k);
            } else {
                replayed.put(k, is);
            }
        });
        assertThat(replayed).isEqualTo(after);
    }
}
