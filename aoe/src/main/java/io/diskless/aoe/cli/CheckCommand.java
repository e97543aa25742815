package io.diskless.aoe.cli;

import io.diskless.aoe.initiator.TargetInfo;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A conformance report on any target. */
@Command(
        name = "check",
        description = "Examine a target: commands, limits, frame sizes, faults. Reads only, unless --write is given,"
                + " which writes the last sector and restores it. Exit code 6 if a fault was found.")
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Session session = new Session();

    @Parameters(paramLabel = "SHELF.SLOT", description = "Such as e0.1.")
    private AoeAddress address = new AoeAddress(0, 0);

    @Option(names = "--write", description = "Also write the last sector, and restore it.")
    private boolean write;

    @Override
    public Integer call() throws Exception {
        List<Examination.Finding> findings;
        TargetInfo info;
        try (Session.Open open = session.open()) {
            var control = open.control(address);
            info = open.initiator().targets().stream()
                    .filter(t -> t.address().equals(address))
                    .findFirst()
                    .orElseThrow();
            findings = new Examination(info, control, () -> open.disk(address)).run(write);
        }
        print(findings, info);
        return findings.stream().anyMatch(f -> f.grade() == Examination.Grade.FAULT)
                ? ExitCode.DIFFERENT.code
                : ExitCode.OK.code;
    }

    private void print(List<Examination.Finding> findings, TargetInfo info) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (session.json()) {
            Json.print(out, json -> {
                json.writeObjectFieldStart("target");
                DiscoverCommand.write(json, info);
                json.writeEndObject();
                json.writeArrayFieldStart("findings");
                for (Examination.Finding finding : findings) {
                    json.writeStartObject();
                    json.writeStringField("grade", finding.grade().name().toLowerCase(Locale.ROOT));
                    json.writeStringField("what", finding.what());
                    json.writeStringField("detail", finding.detail());
                    json.writeEndObject();
                }
                json.writeEndArray();
            });
            return;
        }
        out.println(DiscoverCommand.line(info));
        for (Examination.Finding finding : findings) {
            out.printf(Locale.ROOT, "%-6s %-34s %s%n", finding.grade(), finding.what(), finding.detail());
        }
    }
}
