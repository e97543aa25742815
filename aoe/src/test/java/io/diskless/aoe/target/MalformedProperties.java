package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.FrameValidator;
import io.diskless.aoe.wire.Verdict;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Frames that are cut, stretched and flipped: nothing is thrown, what is answered was to be answered, every answer is whole
 * and bears tag, command and our address, and the disk keeps what no good write touched.
 */
class MalformedProperties {
    private static final int AT = AoeHeader.AT;

    private static byte[] good(Random random) {
        int tag = random.nextInt();
        return switch (random.nextInt(7)) {
            case 0 -> Bench.read(tag, random.nextInt(80), random.nextInt(4));
            case 1 -> Bench.write(tag, random.nextInt(80), Bench.sectors(1 + random.nextInt(2), tag));
            case 2 -> Bench.config(tag, random.nextInt(6), new byte[random.nextInt(20)]);
            case 3 -> Bench.mask(tag, random.nextInt(3), 0L);
            case 4 -> Bench.reserve(Bench.CLIENT, tag, random.nextInt(4), Bench.CLIENT);
            case 5 -> Bench.ata(Bench.E1_2, tag, 0, random.nextInt(256), 1, random.nextInt(256), 0xC24F00);
            default -> Bench.frame("10 00 0001 02 " + String.format("%02x", random.nextInt(256)) + " 80000101");
        };
    }

    @Property(tries = 150)
    void nothingBreaks(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        try (Bench bench = new Bench()) {
            bench.target.export(
                    Bench.E1_2,
                    MemoryDevice.create(64 * 512),
                    ExportOptions.builder().readOnly(random.nextBoolean()).build());
            bench.received();
            for (int i = 0; i < 60; i++) {
                byte[] frame = good(random);
                for (int flips = random.nextInt(4); flips > 0; flips--) {
                    // Not the Ethernet header: the segment would deliver the frame elsewhere.
                    frame[14 + random.nextInt(frame.length - 14)] ^= (byte) (1 << random.nextInt(8));
                }
                if (random.nextInt(3) == 0) {
                    frame = Arrays.copyOf(frame, 14 + random.nextInt(Math.min(1500, frame.length + 20)));
                }
                Verdict verdict = FrameValidator.request(ByteBuffer.wrap(frame), 0, frame.length);
                List<byte[]> answers = bench.ask(frame);
                assertThat(answers).hasSizeLessThanOrEqualTo(1);
                if (verdict.isSilent()) {
                    assertThat(answers).isEmpty();
                } else if (!answers.isEmpty()) {
                    check(frame, verdict, answers.get(0));
                }
            }
            assertThat(bench.events).noneMatch(TargetEvent.PortFailed.class::isInstance);
        }
    }

    private static void check(byte[] request, Verdict verdict, byte[] answer) {
        ByteBuffer q = ByteBuffer.wrap(request);
        ByteBuffer a = ByteBuffer.wrap(answer);
        assertThat(answer.length).isGreaterThanOrEqualTo(60);
        assertThat(FrameValidator.response(a, 0, answer.length).isAccepted()).isTrue();
        assertThat(AoeHeader.tag(a, AT)).isEqualTo(AoeHeader.tag(q, AT));
        assertThat(AoeHeader.command(a, AT)).isEqualTo(AoeHeader.command(q, AT));
        assertThat(AoeHeader.shelf(a, AT)).isEqualTo(1);
        assertThat(AoeHeader.slot(a, AT)).isEqualTo(2);
        assertThat(AoeHeader.version(a, AT)).isEqualTo(1);
        assertThat(AoeHeader.flags(a, AT) & 3).isZero();
        if (!verdict.isAccepted()) {
            assertThat(AoeHeader.error(a, AT)).isEqualTo(verdict.replyError());
        }
    }
}
