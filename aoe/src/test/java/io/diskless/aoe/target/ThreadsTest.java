package io.diskless.aoe.target;

import static io.diskless.aoe.target.Bench.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.link.SegmentPort;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.OverlayDevice;
import io.diskless.cluster.block.OverlayOptions;
import io.diskless.cluster.net.MacAddress;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A started target: one thread per port, several ports on one disk, flushes elsewhere. */
@Timeout(300)
class ThreadsTest {
    private static final int PORTS = 2;
    private static final int REQUESTS = 2000;

    /** Sends requests one by one; returns how many were answered well. */
    private static int client(SegmentPort port, MacAddress target, int seed) {
        int[] good = {0};
        int[] seen = {0};
        for (int i = 0; i < REQUESTS; i++) {
            byte[] frame = i % 3 == 2 ? Bench.read(i, i % 8, 1) : Bench.write(i, i % 8, Bench.sectors(1, seed + i));
            ByteBuffer b = ByteBuffer.wrap(frame);
            b.putShort(0, (short) (target.value() >>> 32)).putInt(2, (int) target.value());
            b.putShort(6, (short) (port.address().value() >>> 32))
                    .putInt(8, (int) port.address().value());
            Bench.send(port, frame);
            int tag = i;
            int before = seen[0];
            while (seen[0] == before) {
                port.receive(
                        f -> {
                            if (AoeHeader.tag(f.bytes(), 14) == tag && AoeHeader.command(f.bytes(), 14) == 0) {
                                seen[0]++;
                                good[0] += f.bytes().get(27) == 0x40 ? 1 : 0;
                            }
                        },
                        8);
                Thread.onSpinWait();
            }
        }
        return good[0];
    }

    @Test
    void twoPortsServeOneDiskAtOnce() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        MemoryDevice memory = MemoryDevice.create(64 * 512);
        AoeTarget target = AoeTarget.create(TargetOptions.defaults());
        Export export = target.export(
                Bench.E1_2,
                memory,
                ExportOptions.builder()
                        .writePolicy(WritePolicy.flushEvery(Duration.ofMillis(1)))
                        .build());
        List<SegmentPort> clients = new ArrayList<>();
        List<MacAddress> macs = new ArrayList<>();
        for (int i = 0; i < PORTS; i++) {
            macs.add(MacAddress.of(0x0200_0000_0010L + i));
            target.attach(segment.attach("t" + i, macs.get(i), 1500));
            clients.add(segment.attach("c" + i, MacAddress.of(0x0200_0000_0020L + i), 1500));
        }
        target.start();
        assertThatThrownBy(target::poll).isInstanceOf(IllegalStateException.class);
        ExecutorService pool = Executors.newFixedThreadPool(PORTS);
        try {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int i = 0; i < PORTS; i++) {
                int which = i;
                work.add(() -> client(clients.get(which), macs.get(which), which * 100_000));
            }
            for (Future<Integer> done : pool.invokeAll(work, 200, TimeUnit.SECONDS)) {
                assertThat(done.get()).isEqualTo(REQUESTS);
            }
        } finally {
            pool.shutdownNow();
        }
        TargetSnapshot.ExportCounters counters = target.snapshot().export(Bench.E1_2);
        assertThat(counters.reads() + counters.writes()).isEqualTo((long) PORTS * REQUESTS);
        target.close();
        assertThat(export.isDirty()).isFalse();
        assertThat(export.underWay()).isZero();
    }

    @Test
    void anIdleTargetUsesAlmostNoProcessor() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        AoeTarget target = AoeTarget.create(TargetOptions.defaults());
        target.attach(segment.attach("idle", MacAddress.of(0x0200_0000_0030L), 1500));
        target.start();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long id = await().until(() -> threadId(threads, "aoe-target-idle"), found -> found > 0);
        // Seconds of doing nothing are what is measured; the first ones may have classes to load and code to compile.
        long[] last = {threads.getThreadCpuTime(id), System.nanoTime()};
        await().pollDelay(Duration.ofSeconds(1))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    long used = threads.getThreadCpuTime(id) - last[0];
                    long passed = System.nanoTime() - last[1];
                    last[0] += used;
                    last[1] += passed;
                    return used < passed / 100;
                });
        target.close();
    }

    private static long threadId(ThreadMXBean threads, String name) {
        for (ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (info != null && info.getThreadName().equals(name)) {
                return info.getThreadId();
            }
        }
        return 0;
    }

    @Test
    void portsComeAndGoWhileTheThreadsRun() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        AoeTarget target = AoeTarget.create(TargetOptions.defaults());
        target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
        target.start();
        for (int i = 0; i < 5; i++) {
            MacAddress mac = MacAddress.of(0x0200_0000_0040L + i);
            SegmentPort port = segment.attach("t" + i, mac, 1500);
            SegmentPort client = segment.attach("c" + i, MacAddress.of(0x0200_0000_0050L + i), 1500);
            target.attach(port);
            assertThat(client(client, mac, i)).isEqualTo(REQUESTS);
            target.detach(port);
            assertThat(target.links()).isEmpty();
            port.close();
            client.close();
        }
        target.close();
    }

    /** A disk that once asks for more memory than there is. */
    private static BlockDevice exhausting(MemoryDevice memory, AtomicBoolean exhausted) {
        return (BlockDevice) Proxy.newProxyInstance(
                ThreadsTest.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (self, method, args) -> {
                    if (method.getName().equals("read") && exhausted.compareAndSet(false, true)) {
                        throw new OutOfMemoryError("made by a test");
                    }
                    return method.invoke(memory, args);
                });
    }

    @Test
    void aPortSurvivesAnErrorAndTellsOfIt() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        ConcurrentLinkedQueue<TargetEvent> events = new ConcurrentLinkedQueue<>();
        AoeTarget target =
                AoeTarget.create(TargetOptions.builder().listener(events::add).build());
        AtomicBoolean exhausted = new AtomicBoolean();
        target.export(Bench.E1_2, exhausting(MemoryDevice.create(64 * 512), exhausted), ExportOptions.defaults());
        target.attach(segment.attach("t", Bench.TARGET, 1500));
        SegmentPort client = segment.attach("c", Bench.CLIENT, 1500);
        target.start();
        Bench.send(client, Bench.read(0, 0, 1));
        TargetEvent.PortFailed failed = await().until(
                        () -> events.stream()
                                .filter(TargetEvent.PortFailed.class::isInstance)
                                .map(TargetEvent.PortFailed.class::cast)
                                .findFirst()
                                .orElse(null),
                        Objects::nonNull);
        assertThat(failed.cause()).isInstanceOf(OutOfMemoryError.class);
        assertThat(client(client, Bench.TARGET, 1)).isEqualTo(REQUESTS);
        target.close();
    }

    @Test
    void aListenerThatThrowsAnErrorEndsNoPort() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        AtomicInteger told = new AtomicInteger();
        AoeTarget target = AoeTarget.create(TargetOptions.builder()
                .listener(event -> {
                    told.getAndIncrement();
                    throw new AssertionError("made by a test");
                })
                .build());
        SegmentPort port = segment.attach("t", Bench.TARGET, 1500);
        target.attach(port);
        target.export(
                Bench.E1_2, exhausting(MemoryDevice.create(64 * 512), new AtomicBoolean()), ExportOptions.defaults());
        SegmentPort client = segment.attach("c", Bench.CLIENT, 1500);
        target.start();
        int before = told.get();
        // The device runs out of memory, the port tells of it, the listener throws, and again when the link changes.
        Bench.send(client, Bench.read(0, 0, 1));
        await().until(() -> told.get() > before);
        port.mtu(1400);
        await().until(() -> told.get() > before + 1);
        assertThat(client(client, Bench.TARGET, 1)).isEqualTo(REQUESTS);
        target.close();
    }

    /** Sends and waits for the answer with this tag. */
    private static void answered(SegmentPort client, byte[] request, int tag) {
        if (request.length > 0) {
            Bench.send(client, request);
        }
        int[] status = {0};
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            client.receive(
                    f -> {
                        if (AoeHeader.tag(f.bytes(), 14) == tag && AoeHeader.command(f.bytes(), 14) == 0) {
                            status[0] = f.bytes().get(27);
                        }
                    },
                    8);
            return status[0] == 0x40;
        });
    }

    @Test
    void aWriteThatWaitsForAFlushOfItsOverlayHoldsUpNobody() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        AoeTarget target = AoeTarget.create(TargetOptions.defaults());
        MemoryDevice memory = MemoryDevice.create(1 << 20);
        AtomicBoolean slow = new AtomicBoolean();
        CountDownLatch flushing = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        BlockDevice store = (BlockDevice) Proxy.newProxyInstance(
                ThreadsTest.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (self, method, args) -> {
                    if (method.getName().equals("flush") && slow.compareAndSet(true, false)) {
                        flushing.countDown();
                        enough.await();
                    }
                    return method.invoke(memory, args);
                });
        BlockDevice overlay = OverlayDevice.on(MemoryDevice.create(64 * 512), store, OverlayOptions.defaults());
        Export export = target.export(Bench.E1_2, overlay, ExportOptions.defaults());
        target.attach(segment.attach("t", Bench.TARGET, 1500));
        SegmentPort client = segment.attach("c", Bench.CLIENT, 1500);
        target.start();
        answered(client, Bench.write(1, 0, Bench.sectors(1, 1)), 1);
        slow.set(true);
        Bench.send(client, Bench.ata(Bench.E1_2, 2, 0, 0, 0, 0xE7, 0));
        flushing.await();
        // Its cluster is new: it is durable only with the map, and that waits for the flush under way.
        Bench.send(client, Bench.write(3, 8, Bench.sectors(1, 3)));
        answered(client, Bench.read(4, 16, 1), 4);
        answered(client, Bench.write(5, 0, Bench.sectors(1, 5)), 5);
        assertThat(export.underWay()).isEqualTo(2);
        enough.countDown();
        answered(client, new byte[0], 3);
        await().until(() -> export.underWay() == 0);
        assertThat(target.snapshot().ports())
                .extracting(TargetSnapshot.Port::lateInline)
                .containsExactly(0L);
        assertThat(export.completesInline()).isTrue();
        target.close();
    }

    @Test
    void aTrimThatTakesLongHoldsUpNobody() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        AoeTarget target = AoeTarget.create(TargetOptions.defaults());
        MemoryDevice memory = MemoryDevice.create(64 * 512);
        CountDownLatch discarding = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        BlockDevice device = (BlockDevice) Proxy.newProxyInstance(
                ThreadsTest.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (self, method, args) -> {
                    if (method.getName().equals("discard")) {
                        discarding.countDown();
                        enough.await();
                    }
                    return method.invoke(memory, args);
                });
        Export export = target.export(Bench.E1_2, device, ExportOptions.defaults());
        target.attach(segment.attach("t", Bench.TARGET, 1500));
        SegmentPort client = segment.attach("c", Bench.CLIENT, 1500);
        target.start();
        byte[] ranges = new byte[512];
        ranges[0] = 40; // eight sectors from LBA 40 on
        ranges[6] = 8;
        Bench.send(client, Bench.ata(Bench.E1_2, 0x7000_0000, 0x41, 1, 1, 0x06, 0, ranges));
        discarding.await();
        assertThat(client(client, Bench.TARGET, 1)).isEqualTo(REQUESTS);
        assertThat(export.underWay()).isEqualTo(1);
        enough.countDown();
        await().until(() -> export.underWay() == 0);
        target.close();
    }
}
