package io.diskless.benchmarks.lab.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalDouble;

/** The report as JSON, one object. Names never change; later versions may add some. */
public final class JsonReport {
    private JsonReport() {}

    /**
     * Writes it.
     *
     * @param result what was found
     * @return the object, indented
     */
    public static String of(LabResult result) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            json.writeBooleanField("good", result.good());
            if (result.failure().isPresent()) {
                json.writeStringField("failure", result.failure().get());
            }
            json.writeStringField("ethernet", result.ethernet());
            json.writeBooleanField("real", result.real());
            json.writeStringField("remark", result.remark());
            json.writeNumberField("mtu", result.mtu());
            json.writeNumberField("seed", result.seed());
            json.writeStringField("image", result.image());
            json.writeNumberField("imageBytes", result.imageBytes());
            json.writeNumberField("loadBytes", result.loadBytes());
            json.writeStringField("victim", result.victim());
            json.writeNumberField("seconds", result.seconds());
            figures(json, result.figures());
            json.writeArrayFieldStart("stages");
            for (Stage stage : result.stages()) {
                stage(json, stage);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("nodes");
            for (NodeReport node : result.nodes()) {
                json.writeStartObject();
                json.writeStringField("name", node.name());
                json.writeStringField("role", node.role());
                json.writeStringField("state", node.state());
                json.writeBooleanField("good", node.good());
                json.writeArrayFieldStart("facts");
                for (String fact : node.facts()) {
                    json.writeString(fact);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("proofs");
            for (Proof proof : result.proofs()) {
                json.writeStartObject();
                json.writeStringField("subject", proof.subject());
                json.writeStringField("expected", proof.expected());
                json.writeStringField("actual", proof.actual());
                json.writeBooleanField("holds", proof.holds());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a string does not fail", e);
        }
        return text.toString();
    }

    private static void figures(JsonGenerator json, LabResult.Figures figures) throws IOException {
        number(json, "failoverMillis", figures.failoverMillis());
        number(json, "longestPauseMillis", figures.longestPauseMillis());
        number(json, "resyncSeconds", figures.resyncSeconds());
        number(json, "resyncBytes", figures.resyncBytes());
        number(json, "requests", figures.requests());
        number(json, "retransmissions", figures.retransmissions());
    }

    private static void number(JsonGenerator json, String name, OptionalDouble value) throws IOException {
        if (value.isPresent()) {
            double number = value.getAsDouble();
            if (number == Math.rint(number)) {
                json.writeNumberField(name, (long) number);
            } else {
                json.writeNumberField(name, number);
            }
        }
    }

    private static void stage(JsonGenerator json, Stage stage) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", stage.name());
        json.writeNumberField("seconds", stage.seconds());
        json.writeNumberField("operations", stage.operations());
        json.writeNumberField("bytes", stage.bytes());
        json.writeNumberField("iops", stage.iops());
        json.writeNumberField("megabytesPerSecond", stage.megabytesPerSecond());
        latency(json, "readMicros", stage.reads());
        latency(json, "writeMicros", stage.writes());
        json.writeEndObject();
    }

    private static void latency(JsonGenerator json, String name, Optional<Latency> latency) throws IOException {
        if (latency.isPresent()) {
            Latency of = latency.get();
            json.writeObjectFieldStart(name);
            json.writeNumberField("count", of.count());
            json.writeNumberField("p50", of.p50());
            json.writeNumberField("p99", of.p99());
            json.writeNumberField("p99.9", of.p999());
            json.writeNumberField("max", of.max());
            json.writeEndObject();
        }
    }
}
