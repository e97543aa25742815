package io.diskless.aoe.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of {@code serve --config}: several exports in one process.
 *
 * <pre>
 * { "interfaces": ["eth1", "eth2"],
 *   "exports": [
 *     { "address": "e0.1", "file": "/srv/ruby.img" },
 *     { "address": "e0.2", "file": "/srv/base.img", "overlay": "/srv/crystal.cow", "sync": "flush",
 *       "readOnly": false, "allow": ["52:54:00:aa:00:01"] } ] }
 * </pre>
 *
 * Relative paths count from the folder of the file. Errors carry file:line:column.
 */
final class ServeFile {
    private final Path file;
    private final List<String> interfaces = new ArrayList<>();
    private final List<ServeExport> exports = new ArrayList<>();

    private ServeFile(Path file) {
        this.file = file;
    }

    List<String> interfaces() {
        return interfaces;
    }

    List<ServeExport> exports() {
        return exports;
    }

    static ServeFile read(Path file) throws IOException {
        ServeFile result = new ServeFile(file);
        try (JsonParser json = Json.factory().createParser(Files.newInputStream(file))) {
            result.root(json);
            if (json.nextToken() != null) {
                throw result.wrong(json, "expected nothing behind the closing brace");
            }
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            throw new IllegalArgumentException(
                    file + ":" + at.getLineNr() + ":" + at.getColumnNr() + ": " + e.getOriginalMessage(), e);
        }
        return result;
    }

    private void root(JsonParser json) throws IOException {
        expect(json, json.nextToken(), JsonToken.START_OBJECT);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "interfaces" -> interfaces.addAll(strings(json));
                case "exports" -> {
                    expect(json, json.currentToken(), JsonToken.START_ARRAY);
                    while (json.nextToken() != JsonToken.END_ARRAY) {
                        exports.add(export(json));
                    }
                }
                default -> throw wrong(json, "unknown field \"" + name + "\", expected interfaces or exports");
            }
        }
        if (exports.isEmpty()) {
            throw wrong(json, "no exports; at least one is needed");
        }
        Set<AoeAddress> seen = new LinkedHashSet<>();
        for (ServeExport export : exports) {
            if (!seen.add(export.address())) {
                throw wrong(json, export.address() + " is exported twice");
            }
        }
    }

    private ServeExport export(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_OBJECT);
        JsonLocation start = json.currentTokenLocation();
        AoeAddress address = null;
        Path image = null;
        Path overlay = null;
        boolean readOnly = false;
        FileOptions.Mode access = FileOptions.Mode.BUFFERED;
        Sync sync = Sync.THROUGH;
        List<MacAddress> allow = List.of();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "address" -> address = parse(json, AoeAddress::parse);
                case "file" -> image = path(json);
                case "overlay" -> overlay = path(json);
                case "readOnly" -> readOnly = bool(json);
                case "access" -> access = parse(json, s -> FileOptions.Mode.valueOf(s.toUpperCase(Locale.ROOT)));
                case "sync" -> sync = parse(json, s -> Sync.valueOf(s.toUpperCase(Locale.ROOT)));
                case "allow" -> allow = macs(json);
                default ->
                    throw wrong(
                            json,
                            "unknown field \"" + name
                                    + "\", expected address, file, overlay, access, readOnly, sync or allow");
            }
        }
        if (address == null || image == null) {
            throw wrong(start, "an export needs an address and a file");
        }
        return new ServeExport(address, image, readOnly, overlay, access, sync, allow);
    }

    private interface Reader<T> {
        T read(String text);
    }

    private <T> T parse(JsonParser json, Reader<T> reader) throws IOException {
        try {
            return reader.read(string(json));
        } catch (IllegalArgumentException e) {
            throw wrong(json, String.valueOf(e.getMessage()));
        }
    }

    private List<MacAddress> macs(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_ARRAY);
        List<MacAddress> macs = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            macs.add(parse(json, MacAddress::parse));
        }
        return macs;
    }

    private List<String> strings(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_ARRAY);
        List<String> strings = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            strings.add(string(json));
        }
        return strings;
    }

    private Path path(JsonParser json) throws IOException {
        return file.toAbsolutePath().resolveSibling(string(json));
    }

    private boolean bool(JsonParser json) throws IOException {
        if (!json.currentToken().isBoolean()) {
            throw wrong(json, "expected true or false, got " + json.getText());
        }
        return json.getBooleanValue();
    }

    private String string(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.VALUE_STRING);
        return json.getText();
    }

    private void expect(JsonParser json, @Nullable JsonToken actual, JsonToken expected) throws IOException {
        if (actual != expected) {
            throw wrong(json, "expected " + expected + ", got " + (actual == null ? "the end" : json.getText()));
        }
    }

    private IllegalArgumentException wrong(JsonParser json, String what) {
        return wrong(json.currentTokenLocation(), what);
    }

    private IllegalArgumentException wrong(JsonLocation at, String what) {
        return new IllegalArgumentException(file + ":" + at.getLineNr() + ":" + at.getColumnNr() + ": " + what);
    }
}
