package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.LinkState;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the flight recorder is told of an initiator. */
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
    void aPathThatGoesAndComes() throws Exception {
        try (Bench bench = new Bench(1500)) {
            bench.target(1500, 64, 1);
            bench.open(DiskOptions.defaults());
            List<RecordedEvent> events = recorded("io.diskless.aoe.PathState", () -> {
                bench.ports.get(0).state(LinkState.DOWN);
                bench.pass(Bench.MILLI);
                bench.ports.get(0).state(LinkState.UP);
                bench.pass(Bench.SECOND);
            });
            assertThat(events).extracting(e -> e.getString("state")).containsExactly("DOWN", "SUSPECT", "UP");
            assertThat(events).allSatisfy(e -> {
                assertThat(e.getString("target")).isEqualTo("e1.2");
                assertThat(e.getString("port")).isEqualTo("our0");
                assertThat(e.getString("remote")).isEqualTo("02:00:00:00:00:11");
            });
        }
    }

    @Test
    void aRequestThatMissesItsDeadline() throws Exception {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(
                    DiskOptions.builder().deadline(Duration.ofSeconds(3)).build());
            target.lose = seen -> true;
            List<RecordedEvent> events = recorded(
                    "io.diskless.aoe.RequestTimeout",
                    () -> assertThat(bench.failure(disk.readAsync(0, ByteBuffer.allocate(512))))
                            .isNotNull());
            assertThat(events).singleElement().satisfies(e -> {
                assertThat(e.getString("target")).isEqualTo("e1.2");
                assertThat(e.getDuration("deadline")).isEqualTo(Duration.ofSeconds(3));
            });
        }
    }

    @Test
    void twoMachinesThatServeOneAddress() throws Exception {
        try (Bench bench = new Bench(1500)) {
            bench.target(1500, 64, 1);
            bench.open(DiskOptions.defaults());
            List<RecordedEvent> events = recorded("io.diskless.aoe.AddressConflict", () -> {
                ScriptedTarget other = new ScriptedTarget(
                        Bench.E1_2, 4096, bench.segment.attach("other", MacAddress.of(0x0200_0000_0099L), 1500));
                other.word(10, 'X' << 8 | 'Y');
                bench.others.add(other::poll);
                other.announce();
                bench.pass(Bench.SECOND);
            });
            assertThat(events).singleElement().satisfies(e -> {
                assertThat(e.getString("remote")).isEqualTo("02:00:00:00:00:99");
                assertThat(e.getString("other")).startsWith("XY");
            });
        }
    }
}
