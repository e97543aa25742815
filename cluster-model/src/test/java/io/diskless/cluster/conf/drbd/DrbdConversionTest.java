package io.diskless.cluster.conf.drbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.conf.CaptureFiles;
import io.diskless.cluster.conf.CaptureFiles.Sample;
import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.conf.ConfigText;
import java.util.List;
import org.junit.jupiter.api.Test;

class DrbdConversionTest {
    private static final String OLD = """
            resource store {
              protocol C; # as in 2008
              startup { become-primary-on both; }
              net { allow-two-primaries; unplug-watermark 200; }
              disk { on-io-error detach; fencing resource-only; }
              syncer {
                rate 33M;   al-extents 257;
                verify-alg crc32c;
                cpu-mask 3;
              }
              handlers { outdate-peer "/sbin/outdate now"; }
              on crystal { device /dev/drbd0; disk /dev/sda7; address 10.0.0.18:7788; meta-disk internal; }
              on ruby { device /dev/drbd0; disk /dev/sda7; address 10.0.0.19:7788; meta-disk internal; }
            }
            """;

    private static DrbdConfig old() {
        return DrbdConfig.parse(ConfigText.of("drbd.conf", OLD), DrbdDialect.V8_3);
    }

    @Test
    void syncerAndProtocolGoWhereTheLaterReleasesHaveThem() {
        ConfigText text = DrbdConversion.of(old(), DrbdDialect.V8_4).texts().get(0);
        assertThat(text.text()).isEqualTo("""
                        resource store {
                          options { cpu-mask 3; } # as in 2008
                          startup { become-primary-on both; }
                          net { allow-two-primaries; unplug-watermark 200; protocol C; verify-alg crc32c; }
                          disk { on-io-error detach; fencing resource-only; resync-rate 33M; al-extents 257; }
                          handlers { fence-peer "/sbin/outdate now"; }
                          on crystal { device /dev/drbd0; disk /dev/sda7; address 10.0.0.18:7788; meta-disk internal; }
                          on ruby { device /dev/drbd0; disk /dev/sda7; address 10.0.0.19:7788; meta-disk internal; }
                        }
                        """);
        assertThat(DrbdConfig.parse(text, DrbdDialect.V8_4).diagnostics()).isEmpty();
    }

    @Test
    void to9FencingMovesAndWhatIsUnknownIsLeftOutAndSaid() {
        DrbdConversion conversion = DrbdConversion.of(old(), DrbdDialect.V9);
        DrbdConfig config = DrbdConfig.parse(conversion.texts().get(0), DrbdDialect.V9);
        assertThat(config.isAccepted()).as("%s", config.diagnostics()).isTrue();
        DrbdResourceConfig store = config.resource("store").orElseThrow();
        assertThat(store.fencing()).isEqualTo("resource-only");
        assertThat(store.disk().resyncRateBytes()).isEqualTo(33L << 20);
        assertThat(store.net().protocol()).isEqualTo('C');
        assertThat(conversion.notes())
                .containsExactly("drbd.conf:4: unplug-watermark is not known in 9 and is left out");
    }

    @Test
    void everyRightSampleIsAcceptedByTheLaterDialects() {
        int converted = 0;
        for (Sample sample : CaptureFiles.of("drbd-", ".conf")) {
            for (DrbdDialect from : List.of(DrbdDialect.V8_3, DrbdDialect.V8_4)) {
                DrbdConfig config = DrbdConfig.parse(sample.text(), from);
                for (DrbdDialect to : DrbdDialect.values()) {
                    if (!sample.isGood() || !config.isAccepted() || to.compareTo(from) <= 0) {
                        continue;
                    }
                    ConfigText text = DrbdConversion.of(config, to).texts().get(0);
                    DrbdConfig later = DrbdConfig.parse(text, to);
                    assertThat(later.isAccepted())
                            .as("%s from %s to %s: %s", sample, from, to, later.diagnostics())
                            .isTrue();
                    assertThat(later.tree().flatten()).noneMatch(s -> s.is("syncer"));
                    for (DrbdResourceConfig resource : config.resources()) {
                        DrbdResourceConfig same =
                                later.resource(resource.name()).orElseThrow();
                        assertThat(same.net().settings().asMap())
                                .containsAllEntriesOf(resource.net().settings().asMap());
                    }
                    converted++;
                }
            }
        }
        assertThat(converted).isGreaterThan(20);
    }

    @Test
    void onlyARightFileIsConvertedAndOnlyForward() {
        DrbdConfig wrong = DrbdConfig.parse(ConfigText.of("f", "resource r { frob; }"), DrbdDialect.V8_4);
        assertThatThrownBy(() -> DrbdConversion.of(wrong, DrbdDialect.V9)).isInstanceOf(ConfigException.class);
        DrbdConfig nine = DrbdConfig.parse(ConfigText.of("f", "global { usage-count no; }"), DrbdDialect.V9);
        assertThatThrownBy(() -> DrbdConversion.of(nine, DrbdDialect.V8_3))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
