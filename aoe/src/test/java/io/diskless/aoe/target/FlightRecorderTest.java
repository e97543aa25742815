package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.LinkState;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the flight recorder is told of a target. */
class FlightRecorderTest {
    @TempDir
    private Path directory;

    private interface Scene {
        void play() throws Exception;
    }

    private List<RecordedEvent> recorded(String name, Scene scene) throws Exception {
        Path file = directory.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable(name);
            recording.start();
            scene.play();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
    }

    @Test
    void aRequestThatTookLong() throws Exception {
        try (Bench bench = new Bench(1500, b -> b.slowRequest(Duration.ofMillis(100)))) {
            FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));
            bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
            bench.received();
            List<RecordedEvent> events = recorded("io.diskless.aoe.SlowRequest", () -> {
                bench.askOne(Bench.read(1, 0, 1));
                device.hold(Op.WRITE);
                assertThat(bench.ask(Bench.write(2, 5, Bench.sectors(2, 1)))).isEmpty();
                bench.segment.advance(Duration.ofMillis(150).toNanos());
                device.releaseAll();
                assertThat(bench.received()).hasSize(1);
            });
            assertThat(events).singleElement().satisfies(e -> {
                assertThat(e.getString("export")).isEqualTo("e1.2");
                assertThat(e.getString("port")).isEqualTo("p0");
                assertThat(e.getString("source")).isEqualTo(Bench.CLIENT.toString());
                assertThat(e.getBoolean("write")).isTrue();
                assertThat(e.getInt("bytes")).isEqualTo(1024);
                assertThat(e.getDuration("latency")).isEqualTo(Duration.ofMillis(150));
            });
        }
    }

    @Test
    void aSourceThatMayNot() throws Exception {
        try (Bench bench = new Bench()) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.target.access().put(AccessRule.of(Bench.CLIENT, Access.NONE));
            bench.received();
            List<RecordedEvent> events = recorded(
                    "io.diskless.aoe.AccessDenied",
                    () -> assertThat(bench.ask(Bench.read(1, 0, 1))).isEmpty());
            assertThat(events).singleElement().satisfies(e -> {
                assertThat(e.getString("export")).isEqualTo("e1.2");
                assertThat(e.getString("source")).isEqualTo(Bench.CLIENT.toString());
            });
        }
    }

    @Test
    void aPortThatGoesAndComes() throws Exception {
        try (Bench bench = new Bench()) {
            List<RecordedEvent> events = recorded("io.diskless.aoe.PortState", () -> {
                bench.port.state(LinkState.GONE);
                bench.received();
                bench.port.state(LinkState.UP);
                bench.received();
            });
            assertThat(events).extracting(e -> e.getString("state")).containsExactly("GONE", "UP");
        }
    }
}
