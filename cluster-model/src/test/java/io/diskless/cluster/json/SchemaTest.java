package io.diskless.cluster.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Observation;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.plan.SamplePlans;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The published schema is the one that is made of the types, and says of documents what the reader says. */
class SchemaTest {
    /** What is wrong with a value, by the words of JSON Schema that the schema uses; another word fails the test. */
    private static final class Validator {
        private final JsonTree root;

        Validator(JsonTree root) {
            this.root = root;
        }

        List<String> wrong(JsonTree schema, JsonTree value, String path) {
            List<String> found = new ArrayList<>();
            schema.fields().forEach((word, rule) -> {
                switch (word) {
                    case "$schema", "$defs", "title", "properties", "items" -> {}
                    case "$ref" -> found.addAll(wrong(definition(text(rule)), value, path));
                    case "type" -> check(isOf(text(rule), value), path + " is no " + text(rule), found);
                    case "const" -> check(rule.value().equals(value.value()), path + " is not " + rule.value(), found);
                    case "enum" ->
                        check(
                                rule.items().stream()
                                        .anyMatch(item -> item.value().equals(value.value())),
                                path + " is none of the words",
                                found);
                    case "pattern" ->
                        check(
                                value.value() instanceof String text
                                        && Pattern.compile(text(rule))
                                                .matcher(text)
                                                .find(),
                                path + " has another form",
                                found);
                    case "minimum" ->
                        check(
                                value.value() instanceof BigInteger number
                                        && number.compareTo((BigInteger) rule.value()) >= 0,
                                path + " is too small",
                                found);
                    case "required" ->
                        rule.items()
                                .forEach(name -> check(
                                        value.isObject() && value.fields().containsKey(text(name)),
                                        path + " lacks " + name.value(),
                                        found));
                    case "oneOf" ->
                        check(
                                rule.items().stream()
                                                .filter(one ->
                                                        wrong(one, value, path).isEmpty())
                                                .count()
                                        == 1,
                                path + " is not one of the forms",
                                found);
                    default -> throw new AssertionError("the test does not know the word " + word);
                }
            });
            if (value.isObject() && schema.fields().containsKey("properties")) {
                Map<String, JsonTree> properties =
                        schema.fields().get("properties").fields();
                value.fields().forEach((name, field) -> {
                    if (properties.containsKey(name)) {
                        found.addAll(wrong(properties.get(name), field, path + "/" + name));
                    }
                });
            }
            if (value.isArray() && schema.fields().containsKey("items")) {
                value.items().forEach(item -> found.addAll(wrong(schema.fields().get("items"), item, path + "/-")));
            }
            return found;
        }

        private JsonTree definition(String reference) {
            JsonTree there = root.fields().get("$defs").fields().get(reference.replace("#/$defs/", ""));
            assertThat(there).as(reference).isNotNull();
            return there;
        }

        private static boolean isOf(String type, JsonTree value) {
            return switch (type) {
                case "object" -> value.isObject();
                case "array" -> value.isArray();
                case "string" -> value.value() instanceof String;
                case "integer" -> value.value() instanceof BigInteger;
                case "boolean" -> value.value() instanceof Boolean;
                default -> throw new AssertionError("the test does not know the type " + type);
            };
        }

        private static String text(JsonTree tree) {
            return (String) tree.value();
        }

        private static void check(boolean good, String message, List<String> found) {
            if (!good) {
                found.add(message);
            }
        }
    }

    private static String published() throws IOException {
        try (InputStream in = ClusterJson.class.getResourceAsStream("site.schema.json")) {
            assertThat(in).as("the jar holds the schema").isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> wrong(String document) throws IOException {
        JsonTree schema = ClusterJson.parse(published());
        return new Validator(schema).wrong(schema, ClusterJson.parse(document), "");
    }

    private static Cluster site() {
        Observation.Evidence by = new Observation.Evidence("agent h1", Instant.parse("2026-01-01T00:00:00Z"));
        return Cluster.of(SampleSite.good())
                .observe(seen -> seen.seen(Segment.of("lan"), by).absent(new NodeId("h2"), by));
    }

    @Test
    void theJarHoldsTheSchemaOfTheTypes() throws IOException {
        assertThat(published())
                .as("after a change of the types: put what `schema` prints into site.schema.json")
                .isEqualTo(ClusterJson.schema());
    }

    @Test
    void whatIsWrittenIsValid() throws IOException {
        assertThat(wrong(ClusterJson.write(site()))).isEmpty();
        for (SamplePlans.Sample sample : SamplePlans.all().values()) {
            assertThat(wrong(ClusterJson.write(
                            Cluster.of(sample.plan().orElseThrow().end()))))
                    .isEmpty();
        }
        assertThat(site().desired().contains(new InstanceId("web1"))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"vcpus\":2|\"vcpus\":\"two\"",
                "\"vcpus\":2|\"cpus\":2",
                "\"cache\":\"none\"|\"cache\":\"some\"",
                "\"id\":\"web1\"|\"id\":\"web 1\"",
                "\"servesBoot\":true|\"servesBoot\":1",
                "\"type\":\"instance\"|\"type\":\"guest\"",
                "\"schema\":1|\"schema\":2",
                "\"revision\":1|\"revision\":-1",
            })
    void whatTheReaderRefusesIsNotValid(String right, String wrong) throws IOException {
        String document = ClusterJson.write(site());
        assertThat(document).contains(right);
        assertThat(wrong(document.replace(right, wrong))).isNotEmpty();
    }
}
