package io.diskless.netboot.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.diskless.netboot.timeline.BootEvent;
import io.diskless.netboot.timeline.Quirk;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Events as lines of JSON: {@code time}, {@code mac}, {@code event}, {@code text}, {@code quirks}. Thread-safe. */
final class EventLog implements AutoCloseable {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final BufferedWriter out;

    private EventLog(BufferedWriter out) {
        this.out = out;
    }

    static EventLog append(Path file) throws IOException {
        return new EventLog(Files.newBufferedWriter(
                file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    }

    synchronized void write(BootEvent event) throws IOException {
        out.write(line(event));
        out.newLine();
        out.flush();
    }

    static String line(BootEvent event) throws IOException {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("time", event.time().toString());
            json.writeStringField("mac", event.mac().toString());
            json.writeStringField("event", event.getClass().getSimpleName());
            json.writeStringField("text", event.text());
            json.writeArrayFieldStart("quirks");
            for (Quirk quirk : event.quirks()) {
                json.writeString(quirk.name());
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return line.toString();
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }

    /**
     * An event as it was written.
     *
     * @param quirks names, also such as this version does not know
     */
    record Entry(Instant time, String mac, String event, String text, List<String> quirks) {}

    /** All whole lines; a last one without an end is still being written. */
    static List<Entry> read(Path file) throws IOException {
        String text = Files.readString(file);
        List<String> lines = text.lines().toList();
        int whole = text.isEmpty() || text.endsWith("\n") ? lines.size() : lines.size() - 1;
        List<Entry> all = new ArrayList<>();
        for (int i = 0; i < whole; i++) {
            try {
                all.add(entry(lines.get(i)));
            } catch (JsonProcessingException | DateTimeException | IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        file + ":" + (i + 1) + ": expected an event, got " + Text.printable(lines.get(i)), e);
            }
        }
        return all;
    }

    private static Entry entry(String line) throws IOException {
        Map<String, String> fields = new HashMap<>();
        List<String> quirks = new ArrayList<>();
        try (JsonParser in = FACTORY.createParser(line)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("no object");
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                JsonToken value = in.nextToken();
                if (value == JsonToken.START_ARRAY) {
                    while (in.nextToken() == JsonToken.VALUE_STRING) {
                        quirks.add(in.getText());
                    }
                } else if (value == JsonToken.VALUE_STRING) {
                    fields.put(name, in.getText());
                } else {
                    in.skipChildren();
                }
            }
        }
        return new Entry(
                Instant.parse(field(fields, "time")),
                field(fields, "mac"),
                field(fields, "event"),
                field(fields, "text"),
                List.copyOf(quirks));
    }

    private static String field(Map<String, String> fields, String name) {
        return Optional.ofNullable(fields.get(name))
                .orElseThrow(() -> new IllegalArgumentException("no field " + name));
    }
}
