package io.diskless.cluster.conf.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigEditor;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.render.HaFiles;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Heartbeat's two files; no program checks them, so the verdicts are those of the manual. */
class HeartbeatConfigTest {
    private static final String GOOD = """
            # of both nodes
            keepalive 2
            warntime 10\t\t# seconds
            deadtime 30
            initdead 120
            udpport 694
            bcast eth0 eth1
            ucast eth2 10.0.0.3
            auto_failback off
            stonith_host * ipmi 10.9.0.1
            node cfg1 cfg2
            """;

    private static HeartbeatConfig parse(String text) {
        return HeartbeatConfig.parse(ConfigText.of("ha.cf", text));
    }

    private static List<String> codes(ConfigDocument document) {
        return document.diagnostics().stream().map(Diagnostic::code).toList();
    }

    @Test
    void aGoodFileIsReadAndAnEditChangesOnlyItsLine() {
        HeartbeatConfig config = parse(GOOD);
        assertThat(config.diagnostics()).isEmpty();
        assertThat(config.nodes()).containsExactly("cfg1", "cfg2");
        ConfigText edited = new ConfigEditor(config.tree())
                .replaceArguments(config.tree().all("deadtime").findFirst().orElseThrow(), "60")
                .apply();
        assertThat(edited.text()).isEqualTo(GOOD.replace("deadtime 30", "deadtime 60"));
        assertThat(codes(HeartbeatConfig.parse(edited))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "keepalive 2,keepalive two,heartbeat.time,true",
        "udpport 694,udpport 65536,heartbeat.port,true",
        "auto_failback off,auto_failback maybe,heartbeat.failback,true",
        "auto_failback off,auto_failback legacy,heartbeat.failback,false",
        "auto_failback off,,heartbeat.no-failback,false",
        "node cfg1 cfg2,node cfg1 cfg1,heartbeat.duplicate-node,true",
        "node cfg1 cfg2,,heartbeat.no-node,true",
        "ucast eth2 10.0.0.3,ucast eth2,heartbeat.missing,true",
        "keepalive 2,heartbeat 2,heartbeat.unknown,true",
        "deadtime 30,deadtime 1500ms,heartbeat.times,true",
        "initdead 120,initdead 59,heartbeat.times,false",
        "warntime 10,warntime 30,heartbeat.times,false",
        "stonith_host * ipmi 10.9.0.1,,heartbeat.no-stonith,false",
    })
    void aMistakeIsNamedWhereItIs(String right, String wrong, String code, boolean refused) {
        HeartbeatConfig config = parse(GOOD.replace(right, wrong == null ? "" : wrong));
        assertThat(codes(config)).containsExactly(code);
        assertThat(config.isAccepted()).isEqualTo(!refused);
        if (wrong != null) {
            assertThat(config.diagnostics().get(0).position().line())
                    .isEqualTo(GOOD.substring(0, GOOD.indexOf(right)).split("\n", -1).length);
        }
    }

    @Test
    void mediaAndTheirPortHaveAnOrder() {
        assertThat(codes(parse("bcast eth0\nudpport 700\nauto_failback on\nnode a b\npacemaker respawn\n")))
                .containsExactly("heartbeat.order");
        assertThat(codes(parse("auto_failback on\nnode a b\npacemaker on\n"))).containsExactly("heartbeat.no-medium");
    }

    @Test
    void curlyCharactersAreCorrected() {
        ConfigText text = ConfigText.of("ha.cf", GOOD.replace("bcast eth0", "bcast\u00A0eth0"));
        HeartbeatConfig config = HeartbeatConfig.parse(text);
        assertThat(config.isAccepted()).isFalse();
        assertThat(text.repaired(config.diagnostics()).text()).isEqualTo(GOOD);
    }

    @Test
    void resourcesStartFromLeftToRight() {
        HaResources resources = HaResources.parse(ConfigText.of(
                "haresources", "cfg1 drbddisk::cfg \\\n  Filesystem::/dev/drbd0::/srv::ext3 10.0.0.2/24/eth0 dhcpd\n"));
        assertThat(resources.diagnostics()).isEmpty();
        assertThat(resources.groups())
                .containsExactly(new HaResources.Group(
                        "cfg1",
                        List.of("drbddisk::cfg", "Filesystem::/dev/drbd0::/srv::ext3", "10.0.0.2/24/eth0", "dhcpd")));
        assertThat(codes(HaResources.parse(ConfigText.of(
                        "h", "a 10.0.0.256\nb 10.0.0.2/33 dhcpd\nc dhcpd\nd\ne Filesystem::/dev/drbd0::/srv x::\n"))))
                .containsExactly(
                        "haresources.address",
                        "haresources.prefix",
                        "haresources.duplicate",
                        "haresources.empty",
                        "haresources.order",
                        "haresources.resource");
    }

    @Test
    void whatIsRenderedIsRead() {
        PairId pair = new PairId("cfg");
        HeartbeatConfig config = parse(HaFiles.heartbeat(SampleSite.good(), pair));
        assertThat(config.isAccepted()).isTrue();
        // Which device cuts off a node, and how, Heartbeat wants said in its own words.
        assertThat(codes(config)).containsExactly("heartbeat.no-stonith");
        assertThat(HaResources.parse(ConfigText.of("h", HaFiles.haresources(SampleSite.good(), pair)))
                        .diagnostics())
                .isEmpty();
    }
}
