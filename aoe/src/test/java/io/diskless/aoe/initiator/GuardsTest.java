package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.link.LinkWaiter;
import io.diskless.aoe.link.SegmentPort;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others throw into the event loop harms nobody else, and the loop goes on. */
@Timeout(300)
class GuardsTest {
    private static final AoeAddress E0_1 = new AoeAddress(0, 1);

    private final EthernetSegment segment = EthernetSegment.realTime();
    private final AoeTarget target = AoeTarget.create(TargetOptions.defaults());
    private final SegmentPort port = segment.attach("ours", MacAddress.parse("02:00:00:00:00:01"), 1500);
    private volatile String broken = "";
    private AoeInitiator initiator;

    /** A capture whose disk is full, for instance. */
    private final EthernetLink link = (EthernetLink) Proxy.newProxyInstance(
            GuardsTest.class.getClassLoader(), new Class<?>[] {EthernetLink.class}, (self, method, args) -> {
                if (method.getName().equals(broken)) {
                    throw new UncheckedIOException(new IOException("No space left on device, made by a test"));
                }
                if (method.getName().equals("newWaiter")) {
                    return LinkWaiter.of(List.of(port));
                }
                try {
                    return method.invoke(port, args);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });

    @BeforeEach
    void serve() throws Exception {
        target.attach(segment.attach("target", MacAddress.parse("02:00:00:00:00:0a"), 1500));
        target.export(E0_1, MemoryDevice.create(1 << 16), ExportOptions.defaults());
        target.start();
        initiator =
                AoeInitiator.open(List.of(link), InitiatorOptions.defaults()).start();
    }

    @AfterEach
    void close() throws Exception {
        initiator.close();
        target.close();
    }

    private AoeDisk open(Duration deadline) throws Exception {
        return initiator.disk(
                E0_1,
                DiskOptions.builder()
                        .openTimeout(Duration.ofMinutes(2))
                        .deadline(deadline)
                        .build());
    }

    @Test
    void aCompletionThatThrowsAnError() throws Exception {
        AoeDisk disk = open(Duration.ofMinutes(2));
        CountDownLatch called = new CountDownLatch(1);
        disk.read(0, ByteBuffer.allocate(512), new Completion() {
            @Override
            public void completed() {
                called.countDown();
                throw new StackOverflowError("made by a test");
            }

            @Override
            public void failed(BlockException cause) {
                throw new AssertionError(cause);
            }
        });
        assertThat(called.await(2, TimeUnit.MINUTES)).isTrue();
        disk.write(0, ByteBuffer.allocate(4096));
        assertThat(initiator.discover(Duration.ofMillis(1))).hasSize(1);
    }

    @Test
    void aQuestionThatThrowsAnError() throws Exception {
        assertThatThrownBy(() -> initiator.call(() -> {
                    throw new StackOverflowError("made by a test");
                }))
                .hasRootCauseInstanceOf(StackOverflowError.class);
        open(Duration.ofMinutes(2)).write(0, ByteBuffer.allocate(4096));
    }

    @ParameterizedTest
    @ValueSource(strings = {"receive", "commit", "flush"})
    void aLinkThatThrows(String method) throws Exception {
        AoeDisk disk = open(Duration.ofSeconds(1));
        broken = method;
        assertThatThrownBy(() -> disk.read(0, ByteBuffer.allocate(512)))
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
        broken = "";
        // The deadline is short for a busy machine; what counts is that the disk works again.
        BlockException last = null;
        for (int i = 0; i < 60; i++) {
            try {
                disk.read(0, ByteBuffer.allocate(512));
                return;
            } catch (BlockException e) {
                assertThat(e.kind()).isEqualTo(Kind.TIMEOUT);
                last = e;
            }
        }
        throw new AssertionError("the disk does not come back", last);
    }

    @Test
    void optionsThatNoClockCountsAreRefused() {
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofDays(36_501), Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatThrownBy(() -> DiskOptions.builder()
                            .deadline(wrong)
                            .openTimeout(wrong)
                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("deadline is 1 ms to 36500 days, got " + wrong
                            + "; openTimeout is 1 ms to 36500 days, got " + wrong);
        }
    }

    @Test
    void aDiskThatMayWaitForEver() throws Exception {
        Duration ages = Duration.ofDays(36_500);
        try (AoeDisk disk = initiator.disk(
                E0_1, DiskOptions.builder().openTimeout(ages).deadline(ages).build())) {
            disk.write(0, ByteBuffer.allocate(4096));
        }
    }
}
