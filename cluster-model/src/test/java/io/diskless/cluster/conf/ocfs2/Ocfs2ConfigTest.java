package io.diskless.cluster.conf.ocfs2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.conf.ConfigEditor;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

class Ocfs2ConfigTest {
    private static final Ocfs2Cluster LAB = new Ocfs2Cluster(
            "lab",
            false,
            List.of(new Ocfs2Node("crystal", 0, "10.0.0.18", 7777), new Ocfs2Node("ruby", 1, "10.0.0.19", 7777)),
            List.of());

    @Test
    void whatIsRenderedIsReadBack() {
        Ocfs2Cluster global = new Ocfs2Cluster(
                "lab2",
                true,
                List.of(new Ocfs2Node("jade", 254, "10.0.0.20", 65534)),
                List.of("77D95EF51C0149D2823674FCC162CF8B"));
        String text = Ocfs2Config.render(List.of(LAB, global));
        Ocfs2Config config = Ocfs2Config.parse(ConfigText.of("cluster.conf", text));
        assertThat(config.diagnostics()).isEmpty();
        assertThat(config.clusters()).containsExactly(LAB, global);
        assertThat(text)
                .startsWith("cluster:\n\tname = lab\n\theartbeat_mode = local\n\tnode_count = 2\n\n")
                .contains(
                        "node:\n\tcluster = lab\n\tnumber = 1\n\tip_port = 7777\n\tip_address = 10.0.0.19\n\tname = ruby\n\n");
    }

    @Test
    void anInvisibleCharacterInsideAStanzaNameIsFoundWhereItStands() {
        String text = "clus\uFEFFter:\n\tname = lab\n\tcluster = lab\n";
        Ocfs2Config config = Ocfs2Config.parse(ConfigText.of("cluster.conf", text));
        assertThat(config.diagnostics()).isNotEmpty();
        assertThat(config.tree().flatten().get(0).span().start()).isZero();
        assertThat(config.tree().flatten().get(0).keyword().span().end()).isEqualTo("clus\uFEFFter".length());
    }

    @Test
    void whatTheKernelWouldRefuseCannotBeMade() {
        assertThatThrownBy(() -> new Ocfs2Node("a", 255, "10.0.0.1", 7777)).hasMessageContaining("255");
        assertThatThrownBy(() -> new Ocfs2Node("a", 0, "10.0.0.256", 7777)).hasMessageContaining("10.0.0.256");
        assertThatThrownBy(() -> new Ocfs2Node("a", 0, "10.0.0.1", 65535)).hasMessageContaining("65535");
        assertThatThrownBy(() -> new Ocfs2Cluster("my-lab", false, List.of(), List.of()))
                .hasMessageContaining("my-lab");
        Ocfs2Node a = new Ocfs2Node("a", 0, "10.0.0.1", 7777);
        assertThatThrownBy(() ->
                        new Ocfs2Cluster("lab", false, List.of(a, new Ocfs2Node("b", 0, "10.0.0.2", 7777)), List.of()))
                .hasMessageContaining("number 0");
    }

    @Test
    void aListingThatLostItsTabsIsRepaired() {
        ConfigText listing = ConfigText.of("how-to", """
                node:
                ip_port = 7777
                ip_address = 10.0.0.18
                number = 0\u00A0
                name = crystal
                cluster = lab

                \tnode :
                    ip_port = 7777 # as the other

                    ip_address = 10.0.0.19
                    # second
                    number 1
                    name = ruby
                    cluster =lab
                CLUSTER:
                \tnode_count = 3
                \tname = lab
                """);
        ConfigText repaired = listing;
        for (int round = 0; round < 5; round++) {
            repaired = repaired.repaired(Ocfs2Config.parse(repaired).diagnostics());
        }
        Ocfs2Config config = Ocfs2Config.parse(repaired);
        assertThat(config.diagnostics()).as(repaired.text()).isEmpty();
        assertThat(config.clusters()).containsExactly(LAB);
        assertThat(repaired.text()).as("no comment is lost").contains("# as the other", "# second");
    }

    @Test
    void aFindingSaysWhereAndWhatWasExpected() {
        Ocfs2Config config = Ocfs2Config.parse(ConfigText.of(
                "cluster.conf",
                "node:\n\tnumber = 0x10\n\tcluster = lab\n\ncluster:\n\tname = lab\n\tnode_count = 1\n"));
        assertThat(config.diagnostics())
                .extracting(Diagnostic::toString)
                .contains("cluster.conf:2:11: error: number is no number; expected decimal digits [ocfs2.number]")
                .contains(
                        "cluster.conf:1:1: error: node has no name; expected name = the host name [ocfs2.missing-key]");
        assertThat(config.clusters()).isEmpty();
    }

    @Test
    void aNodeIsAddedWithoutTouchingTheRest() {
        String text = """
                # by hand
                node:
                    ip_port = 7777
                    ip_address = 10.0.0.18
                    number = 0
                    name = crystal
                    cluster = lab

                cluster:
                \tnode_count = 1\s
                \tname = lab""";
        Ocfs2Config config = Ocfs2Config.parse(ConfigText.of("f", text));
        Statement cluster = config.tree().all("cluster").findFirst().orElseThrow();
        ConfigText changed = new ConfigEditor(config.tree())
                .replaceArguments(cluster.last("node_count").orElseThrow(), "2")
                .append(
                        "\nnode:\n\tcluster = lab\n\tnumber = 1\n\tip_port = 7777\n\tip_address = 10.0.0.19\n\tname = ruby")
                .apply();
        assertThat(changed.text()).startsWith(text.replace("= 1 ", "= 2 "));
        Ocfs2Config again = Ocfs2Config.parse(changed);
        assertThat(again.diagnostics()).isEmpty();
        assertThat(again.clusters()).containsExactly(LAB);
    }
}
