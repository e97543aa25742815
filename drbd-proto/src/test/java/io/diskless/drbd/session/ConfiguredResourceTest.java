package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.state.StatePolicy;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
