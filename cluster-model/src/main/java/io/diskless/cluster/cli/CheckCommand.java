package io.diskless.cluster.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.importing.Language;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.Finding;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks models and configuration files. */
@Command(
        name = "check",
        description = "Check a model (JSON) or files of any of the languages, and say what is wrong where.",
        footer = {
            "",
            "A line is FILE:LINE:COLUMN: SEVERITY: WHAT [CODE], and for a model FILE: PATH: SEVERITY: WHAT; WHY [RULE].",
            "Include statements of drbd.conf are followed."
        })
final class CheckCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "What to check.")
    private List<Path> files = List.of();

    @Option(
            names = {"-l", "--language"},
            paramLabel = "LANGUAGE",
            description =
                    "Take every file for this: model, drbd, drbd8.3, drbd8.4, drbd9, ocfs2, dhcpd, dnsmasq, mdadm, corosync, cib, heartbeat,"
                            + " haresources, xl, libvirt, vblade. Default: told by name, then by text.")
    private @org.jspecify.annotations.Nullable String language;

    @Option(names = "--json", description = "One JSON object for each finding.")
    private boolean json;

    @Option(names = "--errors-only", description = "Say and count errors only, no warnings.")
    private boolean errorsOnly;

    @Override
    public Integer call() throws IOException {
        int worst = Main.CLEAN;
        for (Path file : files) {
            worst = Math.max(worst, check(file));
        }
        return worst;
    }

    private int check(Path file) throws IOException {
        ConfigText text = ConfigText.read(file);
        Language of = language(text);
        if (of != Language.MODEL) {
            return tell(of.parse(text).diagnostics());
        }
        Checked checked;
        try {
            checked = Checked.of(
                    ClusterJson.read(file.toString(), text.text()).cluster().desired());
        } catch (ConfigException unreadable) {
            tell(unreadable.diagnostics());
            return Main.UNREADABLE;
        }
        int found = Main.CLEAN;
        for (Finding finding : checked.findings()) {
            if (finding.isError() || !errorsOnly) {
                found = Main.FOUND;
                print(file + ": " + finding, out -> {
                    out.writeStringField("file", file.toString());
                    out.writeStringField("severity", finding.isError() ? "error" : "warning");
                    out.writeNumberField("rule", finding.rule().number());
                    out.writeStringField("name", finding.rule().id());
                    out.writeArrayFieldStart("path");
                    for (Object id : finding.path()) {
                        out.writeString(id.toString());
                    }
                    out.writeEndArray();
                    out.writeStringField("message", finding.message());
                    out.writeStringField("cause", finding.cause());
                    out.writeBooleanField("repairable", finding.repair().isPresent());
                });
            }
        }
        return found;
    }

    private Language language(ConfigText text) {
        if (language == null) {
            return Language.of(text)
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(), text.name() + " is of no language that can be told; give --language"));
        }
        for (Language one : Language.values()) {
            if (one.toString().equals(language)) {
                return one;
            }
        }
        throw new ParameterException(
                spec.commandLine(),
                "\"" + language + "\" is no language, expected one of " + List.of(Language.values()));
    }

    private int tell(List<Diagnostic> diagnostics) throws IOException {
        int found = Main.CLEAN;
        for (Diagnostic diagnostic : diagnostics) {
            if (diagnostic.isError() || !errorsOnly) {
                found = Main.FOUND;
                print(diagnostic.toString(), out -> {
                    out.writeStringField("file", diagnostic.position().file());
                    out.writeNumberField("line", diagnostic.position().line());
                    out.writeNumberField("column", diagnostic.position().column());
                    out.writeStringField("severity", diagnostic.isError() ? "error" : "warning");
                    out.writeStringField("name", diagnostic.code());
                    out.writeStringField("message", diagnostic.message());
                    out.writeStringField("expected", diagnostic.expected());
                    out.writeBooleanField("repairable", diagnostic.isRepairable());
                });
            }
        }
        return found;
    }

    private interface Fields {
        void write(JsonGenerator out) throws IOException;
    }

    private void print(String line, Fields fields) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (!json) {
            out.println(line);
            return;
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(text)) {
            generator.writeStartObject();
            fields.write(generator);
            generator.writeEndObject();
        }
        out.println(text);
    }
}
