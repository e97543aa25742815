package io.diskless.aoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.cli.Examination.Finding;
import io.diskless.aoe.cli.Examination.Grade;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.initiator.TargetInfo;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one question of {@code check} that changes something: whatever happens, the last sector is restored. */
class ExaminationTest {
    private static final AoeAddress E0_1 = new AoeAddress(0, 1);
    private static final int SIZE = 64 << 10;

    private final EthernetSegment segment = EthernetSegment.virtual();
    private final AoeTarget target =
            AoeTarget.create(TargetOptions.builder().clock(segment.clock()).build());
    private final AoeInitiator initiator = AoeInitiator.open(
            List.of(segment.attach("ours", MacAddress.parse("02:00:00:00:00:01"), 1500)),
            InitiatorOptions.builder().clock(segment.clock()).build());
    private final MemoryDevice memory = MemoryDevice.create(SIZE);
    private final FaultyDevice device = FaultyDevice.of(memory);
    private final ByteBuffer old = ByteBuffer.allocate(512);

    @BeforeEach
    void serve() throws Exception {
        for (int i = 0; i < 512; i++) {
            old.put(i, (byte) (3 * i));
        }
        memory.write(SIZE - 512, old);
        target.attach(segment.attach("target", MacAddress.parse("02:00:00:00:00:0a"), 1500));
        target.export(E0_1, memory, ExportOptions.defaults());
    }

    @AfterEach
    void close() throws Exception {
        initiator.close();
        target.close();
    }

    private List<Finding> findingsOf(BlockDevice disk) {
        assertThat(segment.runUntil(
                        () -> !initiator.targets().isEmpty(),
                        () -> initiator.poll() + target.poll(),
                        1_000_000,
                        Duration.ofMinutes(1).toNanos()))
                .isTrue();
        TargetInfo info = initiator.targets().get(0);
        Examination examination = new Examination(info, initiator.control(E0_1), () -> disk);
        examination.writes(disk);
        return examination.findings();
    }

    private void assertRestored() throws BlockException {
        ByteBuffer now = ByteBuffer.allocate(512);
        memory.read(SIZE - 512, now);
        assertThat(now).isEqualTo(old);
    }

    @Test
    void aGoodDisk() throws Exception {
        assertThat(findingsOf(device)).containsExactly(new Finding(Grade.OK, "write", "reads back"));
        assertRestored();
    }

    @ParameterizedTest
    @ValueSource(strings = {"write", "read"})
    void anAnswerThatIsLost(String lost) throws Exception {
        AtomicBoolean written = new AtomicBoolean();
        AtomicBoolean told = new AtomicBoolean();
        BlockDevice disk = (BlockDevice) Proxy.newProxyInstance(
                ExaminationTest.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (self, method, args) -> {
                    Object result;
                    try {
                        result = method.invoke(memory, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    written.compareAndSet(false, method.getName().equals("write"));
                    if (written.get() && method.getName().equals(lost) && told.compareAndSet(false, true)) {
                        throw new BlockException(Kind.TIMEOUT, SIZE - 512, "no answer");
                    }
                    return result;
                });
        assertThat(findingsOf(disk)).containsExactly(new Finding(Grade.FAULT, "write", "no answer"));
        assertRestored();
    }

    @Test
    void aDiskThatRefuses() throws Exception {
        device.fail(Kind.READ_ONLY, Op.WRITE);
        assertThat(findingsOf(device)).extracting(Finding::grade).containsExactly(Grade.NOTE);
        assertRestored();
    }

    @Test
    void aDiskThatCannotBeRestored() throws Exception {
        device.fail(Kind.MEDIUM, Op.WRITE);
        assertThat(findingsOf(device)).extracting(Finding::what).containsExactly("write", "restoring the last sector");
    }
}
