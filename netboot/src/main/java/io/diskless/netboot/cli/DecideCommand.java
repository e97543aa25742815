package io.diskless.netboot.cli;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootDecision;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootStage;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What would this machine get, and why? */
@Command(name = "decide", description = "Say what a machine would get, and why. Sends nothing.")
final class DecideCommand implements Callable<Integer> {
    /** Those of IANA's processor architecture types that boot by HTTP. */
    private static final Set<Integer> HTTP = Set.of(15, 16, 17, 18, 19, 20, 23, 24, 26, 28, 30, 38, 40);

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    Setup setup = new Setup();

    @Option(names = "--mac", required = true, paramLabel = "MAC", description = "The machine's network card.")
    MacAddress mac = MacAddress.BROADCAST;

    @Option(
            names = "--arch",
            paramLabel = "NUMBER",
            description = "Its architecture as in option 93: 0 BIOS, 7 UEFI x86-64, 16 the same by HTTP.")
    @Nullable
    Integer arch;

    @Option(
            names = "--stage",
            paramLabel = "STAGE",
            description = {
                "Who asks: ${COMPLETION-CANDIDATES};",
                "the firmware unless given, by HTTP where the architecture says so."
            })
    @Nullable
    BootStage stage;

    @Override
    public Integer call() throws IOException {
        Integer number = arch;
        OptionalInt architecture = number == null ? OptionalInt.empty() : OptionalInt.of(number);
        BootDecision decision = setup.policy().decide(BootFacts.of(mac, stage(), architecture));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        decision.because().forEach(reason -> out.println("because " + reason));
        decision.host().flatMap(h -> h.address()).ifPresent(a -> out.println("address " + a.getHostAddress()));
        out.println("answer  " + decision.answer());
        return 0;
    }

    private BootStage stage() {
        BootStage given = stage;
        if (given != null) {
            return given;
        }
        return arch != null && HTTP.contains(arch) ? BootStage.HTTP_FIRMWARE : BootStage.PXE_FIRMWARE;
    }
}
