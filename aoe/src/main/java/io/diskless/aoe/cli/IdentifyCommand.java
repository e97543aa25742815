package io.diskless.aoe.cli;

import io.diskless.aoe.ata.IdentifyDevice;
import io.diskless.cluster.net.AoeAddress;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a target says of itself. */
@Command(name = "identify", description = "Print what a target says of itself (ATA IDENTIFY DEVICE).")
final class IdentifyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Session session = new Session();

    @Parameters(paramLabel = "SHELF.SLOT", description = "Such as e0.1.")
    private AoeAddress address = new AoeAddress(0, 0);

    @Option(names = "--raw", description = "Print the 512 bytes in hexadecimal instead.")
    private boolean raw;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        byte[] block;
        try (Session.Open open = session.open()) {
            block = Session.await(open.control(address).identify());
        }
        if (raw) {
            for (int i = 0; i < block.length; i += 16) {
                out.printf("%03x: %s%n", i, HexFormat.ofDelimiter(" ").formatHex(block, i, i + 16));
            }
            return ExitCode.OK.code;
        }
        Map<String, Object> facts = facts(IdentifyDevice.parse(ByteBuffer.wrap(block), 0));
        if (session.json()) {
            Json.print(out, json -> {
                json.writeStringField("target", address.toString());
                for (Map.Entry<String, Object> fact : facts.entrySet()) {
                    json.writeObjectField(fact.getKey(), fact.getValue());
                }
            });
        } else {
            facts.forEach((name, value) -> out.printf(
                    "%-18s %s%n", name, value instanceof String s ? Text.printable(s) : String.valueOf(value)));
        }
        return ExitCode.OK.code;
    }

    private static Map<String, Object> facts(IdentifyDevice id) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("model", id.model());
        facts.put("serial", id.serial());
        facts.put("firmware", id.firmware());
        facts.put("sectors", id.sectors());
        facts.put("bytes", id.sectors() * 512);
        facts.put("physicalBlock", id.physicalBlock());
        facts.put("lba48", id.supportsLba48());
        facts.put("flush", id.supportsFlush());
        facts.put("writeCache", id.supportsWriteCache() ? id.isWriteCacheOn() ? "on" : "off" : "none");
        facts.put("smart", id.supportsSmart());
        facts.put("trim", id.supportsTrim());
        facts.put("trimZeroes", id.isTrimZeroed());
        facts.put("solidState", id.isSolidState());
        return facts;
    }
}
