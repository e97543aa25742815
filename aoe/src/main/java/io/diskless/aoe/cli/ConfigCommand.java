package io.diskless.aoe.cli;

import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The config string: a note on the target, or a simple lock. */
@Command(name = "config", description = "Read or set a target's config string, up to 1024 bytes.")
final class ConfigCommand {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Command(name = "get", description = "Print the config string.")
    int get(@Mixin Session session, @Parameters(paramLabel = "SHELF.SLOT") AoeAddress address) throws IOException {
        try (Session.Open open = session.open()) {
            print(session, address, Session.await(open.control(address).config()));
        }
        return ExitCode.OK.code;
    }

    @Command(
            name = "set",
            description = "Set the config string; fails with exit code 5 if another one is set, unless forced.")
    int set(
            @Mixin Session session,
            @Parameters(paramLabel = "SHELF.SLOT") AoeAddress address,
            @Parameters(paramLabel = "STRING", description = "Empty clears it (with --force).") String text,
            @Option(names = "--force", description = "Replace whatever is set.") boolean force)
            throws IOException {
        byte[] string = text.getBytes(StandardCharsets.UTF_8);
        try (Session.Open open = session.open()) {
            var control = open.control(address);
            print(session, address, Session.await(force ? control.forceConfig(string) : control.setConfig(string)));
        }
        return ExitCode.OK.code;
    }

    private void print(Session session, AoeAddress address, byte[] config) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (session.json()) {
            Json.print(out, json -> {
                json.writeStringField("target", address.toString());
                json.writeStringField("config", Text.ofBytes(config));
            });
        } else {
            out.println(Text.printable(Text.ofBytes(config)));
        }
    }
}
