package io.diskless.cluster.conf.drbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.conf.ConfigEditor;
import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.Statement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrbdConfigTest {
    private static final String STORE = """
            # the store
            global { usage-count no; }
            common {
              net { protocol B; timeout 50; cram-hmac-alg sha256; shared-secret "pass word"; }
              disk { resync-rate 33M; }
            }
            resource store {
              net {
                protocol C;            # both
                after-sb-0pri discard-zero-changes;
                max-buffers 8000; sndbuf-size 512k; congestion-fill 100;
              }
              disk { al-extents 1237; c-fill-target 1M; c-plan-ahead 5; no-disk-flushes; size 10G; }
              handlers { fence-peer "/usr/lib/drbd/fence.sh now"; }
              volume 0 { device /dev/drbd0; disk /dev/sda7; meta-disk internal; disk { on-io-error pass_on; } }
              volume 1 { device minor 1; disk /dev/sda8; meta-disk /dev/sdb1[3]; }
              on crystal { address 10.0.0.18:7788; volume 1 { disk none; } }
              on ruby { address ipv6 [fd00::19]:7788; }
            }
            """;

    private static DrbdConfig parse(String text, DrbdDialect dialect) {
        return DrbdConfig.parse(ConfigText.of("drbd.conf", text), dialect);
    }

    private static DrbdResourceConfig store() {
        DrbdConfig config = parse(STORE, DrbdDialect.V8_4);
        assertThat(config.diagnostics()).isEmpty();
        return config.resource("store").orElseThrow();
    }

    @Test
    void aResourceShowsItsOptionsOverThoseOfCommonOverTheDefaults() {
        DrbdNetOptions net = store().net();
        assertThat(net.protocol()).isEqualTo('C');
        assertThat(net.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(net.pingInterval()).as("default").isEqualTo(Duration.ofSeconds(10));
        assertThat(net.pingTimeout()).isEqualTo(Duration.ofMillis(500));
        assertThat(net.koCount()).isEqualTo(7);
        assertThat(net.maxBuffers()).isEqualTo(8000);
        assertThat(net.maxEpochSize()).isEqualTo(2048);
        assertThat(net.sendBufferBytes()).isEqualTo(512 * 1024);
        assertThat(net.congestionFillBytes())
                .as("sectors where no suffix is given")
                .isEqualTo(100 * 512);
        assertThat(net.afterSb0pri()).isEqualTo("discard-zero-changes");
        assertThat(net.afterSb1pri()).isEqualTo("disconnect");
        assertThat(net.cramHmacAlg()).contains("sha256");
        assertThat(net.verifyAlg()).isEmpty();
        assertThat(net.useRle()).isTrue();
        assertThat(net.allowTwoPrimaries()).isFalse();

        DrbdDiskOptions disk = store().disk();
        assertThat(disk.resyncRateBytes()).isEqualTo(33L << 20);
        assertThat(disk.alExtents()).isEqualTo(1237);
        assertThat(disk.fillTargetBytes()).isEqualTo(1 << 20);
        assertThat(disk.maxRateBytes()).as("default").isEqualTo(102400L * 1024);
        assertThat(disk.planAhead()).isEqualTo(Duration.ofMillis(500));
        assertThat(disk.diskFlushes()).isFalse();
        assertThat(disk.diskDrain()).isTrue();
        assertThat(disk.sizeBytes()).hasValue(10L << 30);
        assertThat(store().settings("handlers").text("fence-peer")).contains("/usr/lib/drbd/fence.sh now");
    }

    @Test
    void hostsHaveAddressesAndVolumes() {
        DrbdHostConfig crystal = store().host("crystal").orElseThrow();
        assertThat(crystal.address()).contains(new DrbdAddress("ipv4", "10.0.0.18", 7788));
        DrbdVolumeConfig zero = crystal.volume(0).orElseThrow();
        assertThat(zero.device()).isEqualTo("/dev/drbd0");
        assertThat(zero.disk()).contains("/dev/sda7");
        assertThat(zero.metaDisk()).isInstanceOf(DrbdVolumeConfig.MetaDisk.Internal.class);
        assertThat(zero.diskOptions().onIoError()).isEqualTo("pass_on");
        DrbdVolumeConfig one = crystal.volume(1).orElseThrow();
        assertThat(one.minor()).isEqualTo(1);
        assertThat(one.disk()).as("none on this host").isEmpty();
        assertThat(one.metaDisk()).isEqualTo(new DrbdVolumeConfig.MetaDisk.Indexed("/dev/sdb1", 3));
        assertThat(one.diskOptions().onIoError()).isEqualTo("detach");

        DrbdHostConfig ruby = store().peerOf("crystal").orElseThrow();
        assertThat(ruby.name()).isEqualTo("ruby");
        assertThat(ruby.address().orElseThrow()).hasToString("ipv6 [fd00::19]:7788");
        assertThat(ruby.volume(1).orElseThrow().disk()).contains("/dev/sda8");
        assertThat(store().peerOf("jade")).isEmpty();
        assertThat(store().connections()).hasSize(1);
    }

    @Test
    void anOldFileShowsItsSyncerWhereTheNewOnesHaveIt() {
        DrbdConfig config = parse("""
                resource store {
                  protocol C;
                  net { allow-two-primaries; no-tcp-cork; }
                  syncer { rate 33M; al-extents 257; verify-alg crc32c; after other; use-rle; cpu-mask 3; }
                  on crystal { device /dev/drbd0; disk /dev/sda7; address 10.0.0.18:7788; meta-disk internal; }
                  on ruby { device /dev/drbd0; disk /dev/sda7; address 10.0.0.19:7788; meta-disk internal; }
                }
                """, DrbdDialect.V8_3);
        assertThat(config.isAccepted()).isTrue();
        DrbdResourceConfig store = config.resource("store").orElseThrow();
        assertThat(store.disk().resyncRateBytes()).isEqualTo(33L << 20);
        assertThat(store.disk().alExtents()).isEqualTo(257);
        assertThat(store.disk().resyncAfter()).contains("other");
        assertThat(store.net().verifyAlg()).contains("crc32c");
        assertThat(store.net().useRle()).isTrue();
        assertThat(store.net().tcpCork()).isFalse();
        assertThat(store.net().allowTwoPrimaries()).isTrue();
        assertThat(store.disk().onIoError()).as("the default of 8.3").isEqualTo("pass_on");
        assertThat(store.settings("options").text("cpu-mask")).contains("3");
        assertThat(DrbdConfig.parse(config.text(), IncludeResolver.none()).dialect())
                .as("recognised")
                .isEqualTo(DrbdDialect.V8_3);
    }

    @Test
    void connectionsOf9HaveTheirOwnPathsAndOptions() {
        DrbdConfig config = parse("""
                resource r {
                  device /dev/drbd5; disk /dev/vg/r; meta-disk internal;
                  on a { node-id 0; address 10.0.0.1:7000; }
                  on b { node-id 1; address 10.0.0.2:7000; }
                  on c { node-id 2; address 10.0.0.3:7000; }
                  net { protocol C; fencing resource-only; }
                  connection { host a port 7010; host b port 7010; net { protocol A; } }
                  connection {
                    path { host a address 10.1.0.1:7011; host c address 10.1.0.3:7011; }
                    path { host a address 10.2.0.1:7011; host c address 10.2.0.3:7011; }
                  }
                  connection { host b port 7012; host c port 7012; }
                }
                """, DrbdDialect.V9);
        assertThat(config.diagnostics()).isEmpty();
        DrbdResourceConfig r = config.resource("r").orElseThrow();
        assertThat(r.fencing()).isEqualTo("resource-only");
        assertThat(r.host("b").orElseThrow().nodeId()).hasValue(1);
        List<DrbdConnectionConfig> connections = r.connections();
        assertThat(connections).hasSize(3);
        assertThat(connections.get(0).net().protocol()).isEqualTo('A');
        assertThat(connections.get(0).paths().get(0).second()).hasToString("10.0.0.2:7010");
        assertThat(connections.get(1).net().protocol()).isEqualTo('C');
        assertThat(connections.get(1).paths()).hasSize(2);
        assertThat(connections.get(1).paths().get(1).first()).hasToString("10.2.0.1:7011");
    }

    @Test
    void theSecretIsThereAndIsNeverPrinted() {
        DrbdResourceConfig store = store();
        DrbdSecret secret = store.net().sharedSecret().orElseThrow();
        assertThat(new String(secret.bytes(), StandardCharsets.UTF_8)).isEqualTo("pass word");
        assertThat(secret).isEqualTo(store().net().sharedSecret().orElseThrow());
        DrbdConfig config = parse(STORE, DrbdDialect.V8_4);
        List<Object> all = List.of(
                secret,
                store,
                store.net(),
                store.settings("net"),
                store.connections(),
                config,
                config.text(),
                config.tree(),
                store.statement(),
                store.statement().children());
        assertThat(all).allSatisfy(o -> assertThat(o.toString()).doesNotContain("pass word"));
        secret.wipe();
        assertThat(secret.bytes()).containsOnly(0);

        DrbdConfig tooLong = parse(STORE.replace("pass word", "x".repeat(70)), DrbdDialect.V9);
        assertThat(tooLong.diagnostics())
                .anySatisfy(d -> assertThat(d.code()).isEqualTo("drbd.text-too-long"))
                .allSatisfy(d -> assertThat(d.toString()).doesNotContain("xxx"));
    }

    @Test
    void anEditChangesOnlyItsLine() {
        DrbdResourceConfig store = store();
        Statement net = store.statement().last("net").orElseThrow();
        ConfigText changed = new ConfigEditor(store.tree())
                .replaceArguments(net.last("protocol").orElseThrow(), "A")
                .append(net, "ping-int 20;")
                .remove(net.last("after-sb-0pri").orElseThrow())
                .append(store.statement(), "startup {\n  wfc-timeout 30;\n}")
                .apply();
        String expected = STORE.replace("protocol C;            # both", "protocol A;            # both")
                .replace("    after-sb-0pri discard-zero-changes;\n", "")
                .replace("congestion-fill 100;\n", "congestion-fill 100;\n    ping-int 20;\n")
                .replace("[fd00::19]:7788; }\n", "[fd00::19]:7788; }\n  startup {\n    wfc-timeout 30;\n  }\n");
        assertThat(changed.text()).isEqualTo(expected);
        DrbdConfig again = DrbdConfig.parse(changed, DrbdDialect.V8_4);
        assertThat(again.diagnostics()).isEmpty();
        assertThat(again.resource("store").orElseThrow().net().pingInterval()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void editsOnOneLineStayOnIt() {
        DrbdConfig config = parse("resource r { net { timeout 60; ping-int 5; } startup { } }", DrbdDialect.V8_4);
        Statement resource = config.tree().statements().get(0);
        Statement net = resource.last("net").orElseThrow();
        ConfigText changed = new ConfigEditor(config.tree())
                .remove(net.last("timeout").orElseThrow())
                .append(net, "ko-count 3;")
                .append(resource.last("startup").orElseThrow(), "wait-after-sb;")
                .apply();
        assertThat(changed.text())
                .isEqualTo("resource r { net { ping-int 5; ko-count 3; } startup { wait-after-sb; } }");
    }

    @Test
    void whatIsCertainIsRepaired() {
        ConfigText text = ConfigText.of("old.conf", """
                // from a blog
                resource store {
                  protocol C
                  net { cram-hmac-alg \u201Cmd5\u201D; shared-secret \u201Cpass word\u201D; sndbuf-size 512KB; }
                  on crystal {\u00A0device /dev/drbd0; disk /dev/sda7; address 10.0.0.18:7788; meta-disk internal }
                  on ruby { device /dev/drbd0; disk /dev/sda7; address 10.0.0.19:7788; meta-disk internal; }
                }
                """);
        ConfigText repaired = text;
        for (int round = 0; round < 4; round++) {
            repaired = repaired.repaired(
                    DrbdConfig.parse(repaired, DrbdDialect.V8_4).diagnostics());
        }
        assertThat(repaired.text()).isEqualTo("""
                        # from a blog
                        resource store {
                          protocol C;
                          net { cram-hmac-alg "md5"; shared-secret "pass word"; sndbuf-size 512K; }
                          on crystal { device /dev/drbd0; disk /dev/sda7; address 10.0.0.18:7788; meta-disk internal; }
                          on ruby { device /dev/drbd0; disk /dev/sda7; address 10.0.0.19:7788; meta-disk internal; }
                        }
                        """);
        assertThat(DrbdConfig.parse(repaired, DrbdDialect.V8_4).diagnostics()).isEmpty();
    }

    @Test
    void includedFilesCountAndAreNamed(@TempDir Path folder) throws IOException {
        Files.createDirectory(folder.resolve("drbd.d"));
        Files.writeString(folder.resolve("drbd.conf"), "include \"drbd.d/*.res\";\ninclude \"common.conf\";\n");
        Files.writeString(folder.resolve("common.conf"), "common { net { protocol A; } }\n");
        String body = "on crystal { device /dev/drbd0; disk /dev/sda7; address 10.0.0.18:7788; meta-disk internal; }"
                + " on ruby { device /dev/drbd0; disk /dev/sda7; address 10.0.0.19:7788; meta-disk internal; }";
        Files.writeString(folder.resolve("drbd.d/a.res"), "resource a { " + body + " }\n");
        Files.writeString(folder.resolve("drbd.d/b.res"), "\nresource a { net { timeout 0; } }\n");
        DrbdConfig config = DrbdConfig.parse(
                ConfigText.read(folder.resolve("drbd.conf")), DrbdDialect.V8_4, IncludeResolver.files());
        assertThat(config.trees()).hasSize(4);
        assertThat(config.resource("a").orElseThrow().net().protocol()).isEqualTo('A');
        String b = folder.resolve("drbd.d/b.res").toString();
        assertThat(config.diagnostics()).extracting(Diagnostic::code).contains("drbd.duplicate-section", "drbd.range");
        assertThat(config.diagnostics().stream()
                        .filter(d -> d.code().equals("drbd.range"))
                        .map(d -> d.position().toString()))
                .containsExactly(b + ":2:28");
        assertThatThrownBy(config::requireAccepted)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(b + ":2:28: error");
    }

    @Test
    void aFileThatIncludesItselfEnds() {
        ConfigText self = ConfigText.of("self.conf", "include \"self.conf\";\n");
        DrbdConfig config = DrbdConfig.parse(self, DrbdDialect.V9, (including, pattern) -> List.of(self));
        assertThat(config.diagnostics()).extracting(Diagnostic::code).containsExactly("drbd.include-depth");
    }

    @Test
    void numbersAreReadInTheOptionsOwnUnit() {
        DrbdOption rate = DrbdOption.all(DrbdDialect.V8_4).stream()
                .filter(o -> o.name().equals("resync-rate"))
                .findFirst()
                .orElseThrow();
        assertThat(rate.number("100")).hasValue(100);
        assertThat(rate.number("33M")).hasValue(33 * 1024);
        assertThat(rate.number("1s")).as("rounded up").hasValue(1);
        assertThat(Optional.of(rate.number("512KB"))).contains(java.util.OptionalLong.empty());
        assertThat(rate.number("99999999999999999G")).isEmpty();
        assertThat(rate.number("")).isEmpty();
        assertThat(rate.number("k")).isEmpty();
    }
}
