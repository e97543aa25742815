package io.diskless.netboot.cli;

import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.StandardPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** What every command needs that decides. */
final class Setup {
    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = {
                "The machines: a site as JSON, as the model of the cluster is written, or a list with",
                "MAC TAG NAME [ADDRESS] on each line."
            })
    Path config = Path.of("");

    @Option(
            names = {"-p", "--profile"},
            paramLabel = "TAG=WHAT",
            description = {
                "How the machines of a role boot; WHAT is aoe:e0.1[,e1.1], kernel:VMLINUZ[,INITRD...] [ARGUMENTS],",
                "script:FILE, program:BIOSFILE[,UEFIFILE], address, local or deny[:REASON]."
            })
    List<String> profiles = List.of();

    @Option(names = "--strangers", description = "Give addresses of the pool to machines that are not known.")
    boolean strangers;

    final Site hosts = new Site();

    /** Reads everything anew. */
    StandardPolicy policy() throws IOException {
        hosts.read(config);
        StandardPolicy policy = StandardPolicy.of(hosts, Profiles.of(profiles));
        return strangers ? policy.withStrangers(BootProfile.always(new BootAnswer.AddressOnly())) : policy;
    }
}
