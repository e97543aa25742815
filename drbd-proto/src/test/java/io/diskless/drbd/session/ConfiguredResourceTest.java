package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.conf.drbd.DrbdOption;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.state.StatePolicy;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What of a drbd.conf becomes which option. */
class ConfiguredResourceTest {
    @TempDir
    private Path directory;

    private ConfiguredResource configured(String net, String disk) throws Exception {
        Path file = Files.writeString(directory.resolve("drbd.conf"), """
                resource r0 {
                  net { %s }
                  disk { %s }
                  device /dev/drbd0;
                  on alice { disk /dev/a; meta-disk internal; address 10.0.0.1:7788; }
                  on bob { disk /dev/b; meta-disk internal; address 10.0.0.2:7788; }
                }
                """.formatted(net, disk));
        DrbdConfig config = DrbdConfig.parse(ConfigText.read(file), DrbdDialect.V8_4, IncludeResolver.files());
        return ConfiguredResource.of(config.resource("r0").orElseThrow(), "alice");
    }

    @Test
    void addressesTimesAndRatesAreThoseOfTheFile() throws Exception {
        ConfiguredResource found = configured(
                "protocol B; timeout 50; ko-count 3; ping-int 7; ping-timeout 6; connect-int 9; max-epoch-size 100;",
                "resync-rate 2M; c-plan-ahead 30; c-delay-target 5; c-fill-target 1M; c-max-rate 50M; c-min-rate 1M;");
        List<String> opened = new ArrayList<>();
        DrbdOptions options = found.builder(path -> {
                    opened.add(path);
                    return MemoryDevice.create(1 << 20);
                })
                .build();
        assertThat(found.warnings()).isEmpty();
        assertThat(opened).as("internal meta-data lies on the same device").containsExactly("/dev/a");
        assertThat(options.local()).isEqualTo(new InetSocketAddress("10.0.0.1", 7788));
        assertThat(options.peer()).isEqualTo(new InetSocketAddress("10.0.0.2", 7788));
        NetOptions net = options.net();
        assertThat(net.protocol()).isEqualTo(ReplicationProtocol.B);
        assertThat(net.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(net.koCount()).isEqualTo(3);
        assertThat(net.pingInterval()).isEqualTo(Duration.ofSeconds(7));
        assertThat(net.pingTimeout()).isEqualTo(Duration.ofMillis(600));
        assertThat(net.connectInterval()).isEqualTo(Duration.ofSeconds(9));
        assertThat(net.maxEpochSize()).isEqualTo(100);
        assertThat(options.sync()).isEqualTo(new SyncOptions(2048, 30, 5, 2048, 51_200, 1024));
        assertThat(found.sync()).isEqualTo(options.sync());
    }

    /** Options that become options here; each has a test, in this class or where it works. */
    private static final Set<String> USED = Set.of(
            "size",
            "on-io-error",
            "fencing",
            "resync-rate",
            "resync-after",
            "al-extents",
            "al-updates",
            "c-plan-ahead",
            "c-delay-target",
            "c-fill-target",
            "c-max-rate",
            "c-min-rate",
            "rs-discard-granularity",
            "protocol",
            "timeout",
            "max-epoch-size",
            "connect-int",
            "ping-int",
            "ko-count",
            "allow-two-primaries",
            "cram-hmac-alg",
            "shared-secret",
            "after-sb-0pri",
            "after-sb-1pri",
            "after-sb-2pri",
            "always-asbp",
            "rr-conflict",
            "ping-timeout",
            "data-integrity-alg",
            "on-congestion",
            "congestion-fill",
            "congestion-extents",
            "csums-alg",
            "verify-alg",
            "socket-check-timeout",
            "on-no-data-accessible");

    /** Older spellings of options of another name. */
    private static final Set<String> OLD = Set.of("rate", "after");

    static Stream<DrbdOption> options() {
        return DrbdOption.all(DrbdDialect.V8_4).stream()
                .filter(o -> Set.of("disk", "net", "options").contains(o.section()))
                .filter(o -> !OLD.contains(o.name()));
    }

    @ParameterizedTest
    @MethodSource("options")
    void everyOptionIsUsedOrWarnedOf(DrbdOption option) throws Exception {
        String value = switch (option.type()) {
            case BOOLEAN -> "no";
            case KEYWORD, NUMBER_OR_KEYWORD -> option.keywords().get(0);
            case NUMBER -> String.valueOf(Math.max(1, option.min()));
            default -> "1";
        };
        String given = option.name() + " " + value + ";";
        if (USED.contains(option.name())) {
            return;
        }
        ConfiguredResource found = switch (option.section()) {
            case "net" -> configured(given, "");
            case "disk" -> configured("", given);
            default -> configured("} options { " + given, "");
        };
        assertThat(found.warnings())
                .singleElement()
                .asString()
                .contains("drbd.conf:", option.name() + ": no effect here");
    }

    @Test
    void theSecretIsOverwrittenAtTheEnd() throws Exception {
        SharedSecret secret;
        try (ConfiguredResource found = configured("cram-hmac-alg sha256; shared-secret \"geheim\";", "")) {
            secret = Objects.requireNonNull(found.net().secret());
            assertThat(secret.isClosed()).isFalse();
        }
        assertThat(secret.isClosed()).isTrue();
    }

    @Test
    void newSocketsSettleAsLongAsTheFileSays() throws Exception {
        assertThat(configured("connect-int 9; ping-timeout 6;", "").net().settle())
                .isEqualTo(Duration.ofMillis(600));
        assertThat(configured("connect-int 9; ping-timeout 6; socket-check-timeout 20;", "")
                        .net()
                        .settle())
                .isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aResyncWaitsForAnotherVolumeAndNotForAnotherResource() throws Exception {
        Path file = Files.writeString(directory.resolve("drbd.conf"), """
                resource r0 {
                  volume 0 { device /dev/drbd0; disk /dev/a; meta-disk internal; }
                  volume 1 { device /dev/drbd1; disk /dev/b; meta-disk internal; disk { resync-after r0/0; } }
                  volume 2 { device /dev/drbd2; disk /dev/c; meta-disk internal; disk { resync-after r1/0; } }
                  on alice { address 10.0.0.1:7788; }
                  on bob { address 10.0.0.2:7788; }
                }
                resource r1 {
                  device /dev/drbd3;
                  disk /dev/d;
                  meta-disk internal;
                  on alice { address 10.0.0.1:7789; }
                  on bob { address 10.0.0.2:7789; }
                }
                """);
        DrbdConfig config = DrbdConfig.parse(ConfigText.read(file), DrbdDialect.V8_4, IncludeResolver.files());
        ConfiguredResource found = ConfiguredResource.of(config.resource("r0").orElseThrow(), "alice");

        List<VolumeOptions> volumes =
                found.builder(path -> MemoryDevice.create(1 << 20)).build().volumes();
        assertThat(volumes.get(1).resyncAfter()).hasValue(0);
        assertThat(volumes.get(2).resyncAfter()).isEmpty();
        assertThat(found.warnings()).singleElement().asString().contains("resync-after", "another resource, r1/0");
    }

    @ParameterizedTest
    @CsvSource({
        "'', DETACH",
        "on-io-error detach;, DETACH",
        "on-io-error pass_on;, PASS_ON",
        "on-io-error call-local-io-error;, CALL_LOCAL_IO_ERROR"
    })
    void aDiskThatFailsIsTreatedAsTheFileSays(String disk, VolumeOptions.OnIoError wanted) throws Exception {
        DrbdOptions options = configured("", disk)
                .builder(path -> MemoryDevice.create(1 << 20))
                .build();
        assertThat(options.volumes())
                .singleElement()
                .satisfies(v -> assertThat(v.onIoError()).isEqualTo(wanted));
    }

    @Test
    void whoIsToFenceNeedsAHandler() throws Exception {
        ConfiguredResource found = configured("", "fencing resource-and-stonith;");
        assertThat(found.fencing()).isEqualTo(StatePolicy.Fencing.RESOURCE_AND_STONITH);
        DrbdOptions.Builder options = found.builder(path -> MemoryDevice.create(1 << 20));
        assertThatThrownBy(options::build).hasMessageContaining("fenceHandler()");
        assertThat(options.fenceHandler(request -> FenceHandler.Outcome.PEER_OUTDATED, Runnable::run)
                        .build()
                        .fencing())
                .isEqualTo(StatePolicy.Fencing.RESOURCE_AND_STONITH);
    }

    @ParameterizedTest
    @CsvSource({
        "'', fencing sometimes;, fencing",
        "protocol C; on-congestion disconnect;, '', needs protocol A",
        "protocol C; on-congestion pull-ahead;, '', needs protocol A"
    })
    void whatIsNotImplementedIsRefusedWithItsPlace(String net, String disk, String option) {
        assertThatThrownBy(() -> configured(net, disk))
                .isInstanceOfSatisfying(
                        DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.CONFIG))
                .hasMessageContaining("drbd.conf:")
                .hasMessageContaining(option);
    }
}
