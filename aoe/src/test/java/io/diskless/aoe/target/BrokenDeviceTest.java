package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.TrimRanges;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A device that breaks its contract and throws: the request fails, and nothing stays locked or in use. */
class BrokenDeviceTest {
    private final MemoryDevice memory = MemoryDevice.create(64 * 512);
    private final FaultyDevice slow = FaultyDevice.of(memory);
    private final Bench bench = new Bench();
    private String broken = "";
    private int ends;
    private boolean throwing = true;
    private Throwable thrown = new IllegalStateException("made by a test");

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    /** Does not complete inline, so that every request is detached; throws out of the method named by {@link #broken}. */
    private final BlockDevice device = (BlockDevice) Proxy.newProxyInstance(
            BrokenDeviceTest.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (self, method, args) -> {
                if (method.getName().equals("completesInline")) {
                    return false;
                }
                if (method.getName().equals(broken)) {
                    for (int i = 0; i < ends; i++) {
                        ((Completion) Arrays.stream(args)
                                        .filter(Completion.class::isInstance)
                                        .findFirst()
                                        .orElseThrow())
                                .completed();
                    }
                    if (throwing) {
                        throw thrown;
                    }
                    return null;
                }
                try {
                    return method.invoke(slow, args);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });

    private static byte[] trim() {
        byte[] ranges = new byte[512];
        TrimRanges.write(ByteBuffer.wrap(ranges), 0, 0, 5, 1);
        return Bench.ata(Bench.E1_2, 7, 0x41, 1, 1, AtaCommand.DATA_SET_MANAGEMENT, 0, ranges);
    }

    static Stream<Arguments> requests() {
        return Stream.of(
                Arguments.of("read", Bench.read(7, 5, 1)),
                Arguments.of("write", Bench.write(7, 5, Bench.sectors(1, 1))),
                Arguments.of("flush", Bench.ata(Bench.E1_2, 7, 0, 0, 0, AtaCommand.FLUSH, 0)),
                Arguments.of("read", Bench.ata(Bench.E1_2, 7, 0x40, 0, 2, AtaCommand.VERIFY_EXT, 4)),
                Arguments.of("discard", trim()));
    }

    private Export export(ExportOptions options) throws Exception {
        Export export = bench.target.export(Bench.E1_2, device, options);
        bench.received();
        return export;
    }

    private void checkThatNothingIsHeld(Export export) {
        assertThat(export.underWay()).isZero();
        assertThat(export.lock().held()).isZero();
        assertThat(Bench.status(bench.askOne(Bench.write(8, 5, Bench.sectors(1, 2)))))
                .isEqualTo(0x40);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void theRequestFails(String method, byte[] request) throws Exception {
        Export export = export(ExportOptions.defaults());
        broken = method;
        byte[] answer = bench.askOne(request);
        assertThat(Bench.status(answer)).isEqualTo(0x41);
        assertThat(bench.events).contains(new TargetEvent.DeviceThrew(Bench.E1_2, thrown));
        broken = "";
        checkThatNothingIsHeld(export);
        // It was not done, so it may be tried again with its tag.
        assertThat(Bench.status(bench.askOne(request))).isEqualTo(0x40);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void anErrorIsNoBetter(String method, byte[] request) throws Exception {
        thrown = new StackOverflowError("made by a test");
        theRequestFails(method, request);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void whatHadEndedBeforeIsAnsweredOnce(String method, byte[] request) throws Exception {
        Export export = export(ExportOptions.defaults());
        broken = method;
        ends = 1;
        assertThat(Bench.status(bench.askOne(request))).isEqualTo(0x40);
        assertThat(bench.events).contains(new TargetEvent.DeviceThrew(Bench.E1_2, thrown));
        broken = "";
        checkThatNothingIsHeld(export);
        assertThat(bench.target.snapshot().export(Bench.E1_2).underWay()).isZero();
    }

    @Test
    void theRequestThatGaveWayIsNotHarmed() throws Exception {
        Export export = export(ExportOptions.defaults());
        slow.hold(Op.WRITE);
        assertThat(bench.ask(Bench.write(1, 5, Bench.sectors(1, 1)))).isEmpty();
        assertThat(bench.ask(Bench.write(2, 5, Bench.sectors(1, 2)))).isEmpty();
        // The second waits for the range. When the first ends, the second is called by the first one's thread.
        broken = "write";
        slow.releaseAll();
        var answers = bench.received();
        assertThat(answers).extracting(Bench::status).containsExactlyInAnyOrder(0x40, 0x41);
        broken = "";
        checkThatNothingIsHeld(export);
    }

    @Test
    void theTargetIsClosedThoughTheLastFlushThrows() throws Exception {
        Bench own = new Bench();
        own.target.export(
                Bench.E1_2,
                device,
                ExportOptions.builder().writePolicy(WritePolicy.BUFFERED).build());
        own.received();
        own.askOne(Bench.write(1, 5, Bench.sectors(1, 1)));
        broken = "flushAsync";
        assertThatThrownBy(own.target::close)
                .isInstanceOf(AoeException.class)
                .hasMessageContaining("the device threw at the last flush");
        assertThat(own.target.exports()).isEmpty();
        assertThat(own.target.links()).isEmpty();
        broken = "";
    }

    @Test
    void aTimedFlushThatThrowsIsToldAndTriedAgain() throws Exception {
        Export export = export(ExportOptions.builder()
                .writePolicy(WritePolicy.flushEvery(Duration.ofMillis(100)))
                .build());
        bench.askOne(Bench.write(1, 5, Bench.sectors(1, 1)));
        broken = "flush";
        bench.segment.advance(1_000_000_000);
        bench.received();
        bench.segment.advance(1_000_000_000);
        bench.received();
        assertThat(bench.events).anyMatch(TargetEvent.FlushFailed.class::isInstance);
        assertThat(export.isDirty()).isTrue();
        assertThat(export.underWay()).isZero();
        broken = "";
        bench.segment.advance(1_000_000_000);
        bench.received();
        bench.segment.advance(1_000_000_000);
        bench.received();
        assertThat(export.isDirty()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void whatIsEndedTwiceIsAnsweredOnce(String method, byte[] request) throws Exception {
        Export export = export(ExportOptions.defaults());
        broken = method;
        ends = 2;
        throwing = false;
        assertThat(Bench.status(bench.askOne(request))).isEqualTo(0x40);
        broken = "";
        checkThatNothingIsHeld(export);
    }
}
