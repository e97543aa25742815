package io.diskless.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The suffix of a test class is its kind, and the build runs by suffix. So a kind that a module should have must have a
 * class, and a class with test methods must carry a suffix that is run.
 */
class TestPatternsTest {
    /** Suffixes that surefire or failsafe runs; the longer ones are also a {@code Test}. */
    private static final List<String> RUN = List.of("Test", "Properties", "IT");

    /** What each module must have; a line is added when a module gets its first class of that kind. */
    private static final Map<String, List<String>> WANTED = new TreeMap<>(Map.of(
            "cluster-model", List.of("Test", "Properties", "VectorsTest", "IT"),
            "cluster-model/store-zookeeper", List.of("Test"),
            "cluster-model/node", List.of("Test"),
            "aoe", List.of("Test", "Properties", "VectorsTest", "FuzzTest", "IT"),
            "drbd-proto", List.of("Test", "Properties", "VectorsTest", "FuzzTest", "IT"),
            "netboot", List.of("Test", "Properties", "VectorsTest", "FuzzTest", "IT"),
            "benchmarks", List.of("Test")));

    private static final List<String> MARKS = List.of("@Test", "@Property", "@ParameterizedTest", "@FuzzTest");

    @Test
    void everyKindThatAModuleShouldHaveIsThere() throws IOException {
        for (Map.Entry<String, List<String>> module : WANTED.entrySet()) {
            List<String> names =
                    sources(module.getKey()).map(TestPatternsTest::name).toList();
            for (String suffix : module.getValue()) {
                assertThat(names)
                        .as("%s has a test class named *%s", module.getKey(), suffix)
                        .anyMatch(name -> name.endsWith(suffix));
            }
        }
    }

    @Test
    void everyClassWithTestsCarriesASuffixThatIsRun() throws IOException {
        for (String module : WANTED.keySet()) {
            List<String> forgotten = sources(module)
                    .filter(file -> RUN.stream().noneMatch(name(file)::endsWith))
                    .filter(TestPatternsTest::isRunnable)
                    .map(TestPatternsTest::name)
                    .toList();
            assertThat(forgotten)
                    .as("classes of %s with test methods that no pattern runs", module)
                    .isEmpty();
        }
    }

    private static Stream<Path> sources(String module) throws IOException {
        Path root = Path.of("..", module, "src", "test", "java");
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(f -> f.toString().endsWith(".java")).toList().stream();
        }
    }

    private static boolean isRunnable(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            // Contracts are abstract: their subclasses are run.
            return lines.stream().noneMatch(l -> l.contains("abstract class"))
                    && lines.stream()
                            .map(String::strip)
                            .anyMatch(l -> MARKS.stream().anyMatch(l::startsWith));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }
}
