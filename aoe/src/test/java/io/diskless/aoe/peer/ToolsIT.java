package io.diskless.aoe.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.target.Access;
import io.diskless.aoe.target.AccessRule;
import io.diskless.aoe.target.Export;
import io.diskless.aoe.target.ExportSettings;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The command-line tools of the kernel driver's authors ask our target over a pair of virtual interfaces. Those pad
 * nothing, and the tools ignore an answer of less than 60 bytes, so each of these tests also says that we pad.
 */
@RequiresNetworkNamespace
@RequiresPeer({"aoeping", "aoecfg", "aoe-sancheck"})
class ToolsIT {

    private static final String OURS = "dl-ours";
    private static final String THEIRS = "dl-theirs";

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    /** The tools end of it when nobody answers. */
    private static final int SIGALRM = 14;

    /** Seconds that a tool waits for an answer which comes. */
    private static final String PATIENCE = "60";

    private TargetRig rig;
    private Export export;

    @BeforeEach
    void serve() throws Exception {
        cleanup.add(Netns.veth(OURS, THEIRS, 1500));
        rig = cleanup.add(TargetRig.on(OURS));
        export = rig.export("e3.7", cleanup.add(MemoryDevice.create(8 << 20)));
    }

    @Test
    void aoepingFindsTheExportAndPrintsItsIdentity() {
        String found = tool("aoeping", "-v", "-s", PATIENCE, "3", "7", THEIRS)
                .orThrow()
                .output();
        assertThat(found).contains("found e3.7 with mac " + mac(OURS).toString().replace(":", ""));

        String identity = tool("aoeping", "-I", "-s", PATIENCE, "3", "7", THEIRS)
                .orThrow()
                .output();
        assertThat(identity).contains("serial_number: e3.7 ", "model: Diskless AoE target ");
    }

    @Test
    void aoepingReadsTheSmartPage() {
        String page = tool("aoeping", "-v", "-S", "read_data", "-s", PATIENCE, "3", "7", THEIRS)
                .orThrow()
                .output();

        assertThat(page).containsPattern("Status: 0x40").contains("SMART data:");
        assertThat(rig.counters("e3.7").otherAta()).isEqualTo(1);
        assertThat(rig.counters("e3.7").ataFailed()).isZero();
    }

    @Test
    void nobodyAnswersForAnAddressThatIsNotExported() {
        Processes.Result result = tool("aoeping", "-s", "1", "3", "8", THEIRS);

        assertThat(result.exitCode()).isEqualTo(128 + SIGALRM);
        assertThat(rig.unanswered(OURS)).isPositive();
    }

    @Test
    void aoecfgOfAStrangerReadsTheConfigStringAndCannotChangeIt() throws Exception {
        export.apply(new ExportSettings("first".getBytes(StandardCharsets.US_ASCII), List.of(), List.of()));

        assertThat(config("read", "")).isEqualTo("first");
        assertThat(config("fset", "stolen")).as("no answer").isEmpty();
        assertThat(configNow()).isEqualTo("first");
    }

    @Test
    void aoecfgOfAKnownPeerSetsAndComparesTheConfigString() {
        rig.target().access().put(AccessRule.of(mac(THEIRS), Access.READ_WRITE));

        assertThat(config("set", "one")).isEqualTo("one");
        assertThat(config("set", "two")).as("error 4: there is one already").isEqualTo("*badcfg*");
        assertThat(configNow()).isEqualTo("one");
        assertThat(config("test", "one")).isEqualTo("one");
        assertThat(config("test", "on")).isEmpty();
        assertThat(config("prefix", "on")).isEqualTo("one");
        assertThat(config("prefix", "x")).isEmpty();
        assertThat(config("fset", "two")).isEqualTo("two");
        assertThat(configNow()).isEqualTo("two");
    }

    @Test
    void aoeSancheckListsTheExportWithWhatItsLinkCarries() {
        String table = tool("aoe-sancheck", THEIRS).orThrow().output();

        assertThat(table).containsPattern("e3\\.7\\s+1\\s+1024\\s+" + THEIRS);
    }

    /** aoecfg waits out its time even when it has its answer, since it cannot know that no other will come. */
    private static String config(String command, String text) {
        return tool("aoecfg", "-c", command, "-s", text, "-t", "1", "3", "7", THEIRS)
                .orThrow()
                .output()
                .strip();
    }

    private String configNow() {
        return new String(export.settings().config(), StandardCharsets.US_ASCII);
    }

    private static MacAddress mac(String name) {
        return MacAddress.parse(HexFormat.ofDelimiter(":").formatHex(Netns.mac(name)));
    }

    private static Processes.Result tool(String name, String... words) {
        List<String> command = new ArrayList<>();
        command.add(Peers.program(name).toString());
        command.addAll(List.of(words));
        return Processes.run(command);
    }
}
