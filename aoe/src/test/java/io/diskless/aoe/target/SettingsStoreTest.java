package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings in files: what is read back after a clean end, after a crash at any moment, and after damage. */
class SettingsStoreTest {
    private static final MacAddress M1 = MacAddress.parse("02:00:00:00:00:01");
    private static final MacAddress M2 = MacAddress.parse("02:00:00:00:00:02");
    private static final ExportSettings FIRST =
            new ExportSettings("first".getBytes(StandardCharsets.US_ASCII), List.of(M1), List.of());
    private static final ExportSettings SECOND = new ExportSettings(new byte[1024], List.of(M1, M2), List.of(M2));

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("e1.2.settings");
    }

    private Path old() {
        return directory.resolve("e1.2.settings.old");
    }

    private Optional<ExportSettings> load() throws Exception {
        return FileSettingsStore.open(directory).load(Bench.E1_2);
    }

    private void save(ExportSettings settings) throws Exception {
        FileSettingsStore.open(directory).save(Bench.E1_2, settings);
    }

    @Test
    void whatWasSavedLastIsLoaded() throws Exception {
        assertThat(load()).isEmpty();
        save(FIRST);
        assertThat(load()).contains(FIRST);
        save(SECOND);
        assertThat(load()).contains(SECOND);
        save(ExportSettings.EMPTY);
        assertThat(load()).contains(ExportSettings.EMPTY);
        assertThat(FileSettingsStore.open(directory).load(new AoeAddress(1, 3))).isEmpty();
    }

    @Test
    void aCrashBetweenTheTwoMovesLeavesTheOlderOne() throws Exception {
        save(FIRST);
        Files.move(file(), old(), StandardCopyOption.ATOMIC_MOVE);
        assertThat(load()).contains(FIRST);
        // And the next save is as good as any.
        save(SECOND);
        assertThat(load()).contains(SECOND);
    }

    @Test
    void aTornNewFileIsIgnored() throws Exception {
        save(FIRST);
        Files.write(directory.resolve("e1.2.settings.new"), new byte[] {1, 2, 3});
        assertThat(load()).contains(FIRST);
        save(SECOND);
        assertThat(load()).contains(SECOND);
    }

    @Test
    void aFileCutAtAnyByteFallsBackToTheOneBefore() throws Exception {
        save(FIRST);
        save(SECOND);
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length < whole.length; length += 7) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThat(load()).as("cut to %d bytes", length).contains(FIRST);
        }
    }

    @Test
    void aFlippedBitFallsBackToTheOneBefore() throws Exception {
        save(FIRST);
        save(SECOND);
        byte[] whole = Files.readAllBytes(file());
        for (int i = 0; i < whole.length; i += 11) {
            byte[] rotten = whole.clone();
            rotten[i] ^= 0x10;
            Files.write(file(), rotten);
            assertThat(load()).as("bit in byte %d", i).contains(FIRST);
        }
        // A save over a rotten file keeps the good one before it until the new one is in place.
        save(SECOND);
        assertThat(load()).contains(SECOND);
        assertThat(SettingsFormat.read(Files.readAllBytes(old()), "old")).isEqualTo(FIRST);
    }

    @Test
    void ifNothingIsWholeTheExportIsRefusedRatherThanOpened() throws Exception {
        save(FIRST);
        Files.write(file(), new byte[] {1});
        assertThatThrownBy(this::load)
                .isInstanceOfSatisfying(
                        AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.CORRUPT))
                .hasMessageContaining("e1.2.settings");
        try (Bench bench = new Bench(1500, b -> b.settings(open()))) {
            assertThatThrownBy(
                            () -> bench.target.export(Bench.E1_2, MemoryDevice.create(512), ExportOptions.defaults()))
                    .isInstanceOf(AoeException.class);
            assertThat(bench.target.exports()).isEmpty();
        }
    }

    private FileSettingsStore open() {
        try {
            return FileSettingsStore.open(directory);
        } catch (AoeException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPeersConfigStringSurvivesARestartAndMaskAndReservationOnRequest() throws Exception {
        for (boolean persist : new boolean[] {false, true}) {
            ExportOptions options = ExportOptions.builder()
                    .persistMask(persist)
                    .persistReservations(persist)
                    .configString("default".getBytes(StandardCharsets.US_ASCII))
                    .build();
            try (Bench bench = new Bench(1500, b -> b.settings(open()))) {
                bench.target.access().put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE));
                bench.target.export(Bench.E1_2, MemoryDevice.create(512), options);
                bench.received();
                bench.askOne(Bench.config(1, 4, (byte) 'h', (byte) 'i'));
                bench.askOne(Bench.mask(2, 1, 1L << 48 | Bench.CLIENT.value()));
                bench.askOne(Bench.reserve(Bench.CLIENT, 3, 1, Bench.CLIENT));
            }
            try (Bench bench = new Bench(1500, b -> b.settings(open()))) {
                Export export = bench.target.export(Bench.E1_2, MemoryDevice.create(512), options);
                List<MacAddress> list = persist ? List.of(Bench.CLIENT) : List.of();
                assertThat(export.settings()).isEqualTo(new ExportSettings(new byte[] {'h', 'i'}, list, list));
            }
        }
    }

    @Test
    void whatCannotBeSavedIsRefused() throws Exception {
        SettingsStore broken = new SettingsStore() {
            @Override
            public Optional<ExportSettings> load(AoeAddress address) {
                return Optional.empty();
            }

            @Override
            public void save(AoeAddress address, ExportSettings settings) throws AoeException {
                throw new AoeException(AoeException.Kind.IO, "disk full");
            }
        };
        try (Bench bench = new Bench(1500, b -> b.settings(broken))) {
            bench.target.access().put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE));
            Export export = bench.target.export(Bench.E1_2, MemoryDevice.create(512), ExportOptions.defaults());
            bench.received();
            byte[] answer = bench.askOne(Bench.config(1, 3, (byte) 'x'));
            assertThat(Bench.aoeError(answer)).isEqualTo(3);
            assertThat(export.settings()).isEqualTo(ExportSettings.EMPTY);
            assertThat(bench.events).anyMatch(TargetEvent.SettingsNotSaved.class::isInstance);
            // Nothing to save for a mask that is not kept: it works.
            assertThat(Bench.aoeError(bench.askOne(Bench.mask(2, 1, 1L << 48 | Bench.CLIENT.value()))))
                    .isZero();
        }
    }
}
