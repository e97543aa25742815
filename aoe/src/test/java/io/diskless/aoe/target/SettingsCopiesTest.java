package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.aoe.wire.ReserveFields;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Late copies of changes of config string, mask and reservation: the hazard of spec section 12 for what is not a sector. */
class SettingsCopiesTest {
    private static final MacAddress OTHER = MacAddress.parse("02:00:00:00:00:77");

    /** A store that fails when told to, as a full disk would, or as nobody expects. */
    private static final class Store implements SettingsStore {
        private boolean full;
        private boolean broken;

        @Override
        public Optional<ExportSettings> load(AoeAddress address) {
            return Optional.empty();
        }

        @Override
        public void save(AoeAddress address, ExportSettings settings) throws AoeException {
            if (full) {
                throw new AoeException(AoeException.Kind.IO, "made by a test");
            }
            if (broken) {
                throw new IllegalStateException("made by a test");
            }
        }
    }

    private final Store store = new Store();
    private final Bench bench =
            new Bench(1500, b -> b.duplicateCache(64, Duration.ofSeconds(10)).settings(store));

    @BeforeEach
    void disk() throws Exception {
        bench.target.access().put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE));
        bench.target.export(
                Bench.E1_2,
                MemoryDevice.create(64 * 512),
                ExportOptions.builder()
                        .persistMask(true)
                        .persistReservations(true)
                        .build());
        bench.received();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private static byte[] force(int tag, String string) {
        return Bench.config(tag, ConfigFields.FORCE, string.getBytes(StandardCharsets.US_ASCII));
    }

    private ExportSettings settings() {
        return bench.target.exports().get(0).settings();
    }

    private String string() {
        return new String(settings().config(), StandardCharsets.US_ASCII);
    }

    private static String answered(byte[] answer) {
        int length = ByteBuffer.wrap(answer).getShort(30);
        return new String(answer, 32, length, StandardCharsets.US_ASCII);
    }

    private long recognised() {
        return bench.target.snapshot().export(Bench.E1_2).duplicates();
    }

    @Test
    void aLateCopyOfAConfigStringIsAnsweredAndDoesNotUndoALaterOne() {
        bench.askOne(force(1, "first"));
        bench.askOne(force(2, "second"));
        byte[] answer = bench.askOne(force(1, "first"));
        assertThat(Bench.aoeError(answer)).isZero();
        assertThat(answered(answer)).isEqualTo("second");
        assertThat(string()).isEqualTo("second");
        assertThat(recognised()).isEqualTo(1);
    }

    @Test
    void aRepetitionAfterALostAnswerIsToldWhatItWouldHaveBeen() {
        bench.askOne(Bench.config(1, ConfigFields.SET, (byte) 'x'));
        byte[] answer = bench.askOne(Bench.config(1, ConfigFields.SET, (byte) 'x'));
        assertThat(Bench.aoeError(answer)).isZero();
        assertThat(answered(answer)).isEqualTo("x");
    }

    @Test
    void theSameWithMaskAndReservation() {
        bench.askOne(Bench.mask(1, MaskFields.EDIT, 1L << 48 | Bench.CLIENT.value(), 1L << 48 | OTHER.value()));
        bench.askOne(Bench.mask(2, MaskFields.EDIT, 2L << 48 | OTHER.value()));
        byte[] answer =
                bench.askOne(Bench.mask(1, MaskFields.EDIT, 1L << 48 | Bench.CLIENT.value(), 1L << 48 | OTHER.value()));
        assertThat(MaskFields.error(ByteBuffer.wrap(answer), AoeHeader.AT)).isZero();
        assertThat(MaskFields.count(ByteBuffer.wrap(answer), AoeHeader.AT)).isEqualTo(1);
        assertThat(settings().mask()).containsExactly(Bench.CLIENT);
        bench.askOne(Bench.reserve(Bench.CLIENT, 3, ReserveFields.FORCE, OTHER));
        bench.askOne(Bench.reserve(Bench.CLIENT, 4, ReserveFields.FORCE));
        answer = bench.askOne(Bench.reserve(Bench.CLIENT, 3, ReserveFields.FORCE, OTHER));
        assertThat(Bench.aoeError(answer)).isZero();
        assertThat(ReserveFields.count(ByteBuffer.wrap(answer), AoeHeader.AT)).isZero();
        assertThat(settings().reservation()).isEmpty();
        assertThat(recognised()).isEqualTo(2);
    }

    @Test
    void tagZeroTellsNothing() {
        bench.askOne(force(0, "first"));
        bench.askOne(force(0, "second"));
        bench.askOne(force(0, "first"));
        assertThat(string()).isEqualTo("first");
        assertThat(recognised()).isZero();
    }

    @Test
    void whatWasRefusedMayBeTriedAgainWithItsTag() {
        bench.askOne(force(1, "first"));
        assertThat(Bench.aoeError(bench.askOne(Bench.config(2, ConfigFields.SET, (byte) 'x'))))
                .isEqualTo(AoeHeader.ERR_CONFIG_PRESENT);
        bench.askOne(force(3, ""));
        assertThat(Bench.aoeError(bench.askOne(Bench.config(2, ConfigFields.SET, (byte) 'x'))))
                .isZero();
        assertThat(string()).isEqualTo("x");
        assertThat(recognised()).isZero();
    }

    @Test
    void whatCouldNotBeSavedMayBeTriedAgainWithItsTag() {
        store.full = true;
        assertThat(Bench.aoeError(bench.askOne(force(1, "first")))).isEqualTo(AoeHeader.ERR_UNAVAILABLE);
        store.full = false;
        store.broken = true;
        assertThat(Bench.aoeError(bench.askOne(force(1, "first")))).isEqualTo(AoeHeader.ERR_UNAVAILABLE);
        assertThat(bench.events.stream().filter(TargetEvent.SettingsNotSaved.class::isInstance))
                .hasSize(2);
        store.broken = false;
        assertThat(Bench.aoeError(bench.askOne(force(1, "first")))).isZero();
        assertThat(string()).isEqualTo("first");
    }

    @Test
    void aTagThatWasUsedForAQuestionMeansNothing() {
        bench.askOne(force(1, "first"));
        bench.askOne(Bench.config(1, ConfigFields.READ));
        bench.askOne(force(2, "second"));
        bench.askOne(force(1, "first"));
        assertThat(string()).isEqualTo("first");
    }

    @Test
    void withoutTheCacheTheHazardIsReal() throws Exception {
        try (Bench naive = new Bench(1500, b -> b.duplicateCache(0, Duration.ZERO))) {
            naive.target.access().put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE));
            Export export = naive.target.export(Bench.E1_2, MemoryDevice.create(512), ExportOptions.defaults());
            naive.received();
            for (byte[] request : List.of(force(1, "first"), force(2, "second"), force(1, "first"))) {
                naive.askOne(request);
            }
            assertThat(new String(export.settings().config(), StandardCharsets.US_ASCII))
                    .isEqualTo("first");
        }
    }
}
