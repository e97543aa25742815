package io.diskless.cluster.block.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The first part of {@link BlockDeviceContract}: every operation ends once, and how completions run. */
abstract class CompletionContract extends ContractBench {
    // ---- clause 1: exactly once, and close -----------------------------------------------------------------------

    @Test
    @DisplayName("1: every operation, good or bad, ends exactly once")
    void everyOperationEndsOnce() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        List<OnceCompletion> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            long offset = (long) i * unit;
            device.read(offset, buffer(device, unit), add(all));
            device.write(offset, buffer(device, unit), i % 2 == 0 ? 0 : BlockDevice.FUA, add(all));
            device.flush(add(all));
            device.writeZeroes(offset, unit, add(all));
            device.discard(offset, unit, add(all));
            device.read(device.geometry().size(), buffer(device, unit), add(all));
            device.write(-unit, buffer(device, unit), 0, add(all));
            device.read(0, buffer(device, 0), add(all));
        }
        all.forEach(one -> one.outcome(patience()));
        device.close();
        assertThat(all).allSatisfy(one -> assertThat(one.calls()).isEqualTo(1));
    }

    @Test
    @DisplayName("1: after close every operation fails with CLOSED, and the geometry is still known")
    void closedMeansClosed() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        BlockGeometry before = device.geometry();
        device.close();
        assertThatCode(device::close).as("a second close").doesNotThrowAnyException();
        assertThat(device.geometry()).isEqualTo(before);
        List<OnceCompletion> all = new ArrayList<>();
        device.read(0, buffer(before, unit), add(all));
        device.read(0, buffer(before, 0), add(all));
        device.write(0, buffer(before, unit), 0, add(all));
        device.write(0, buffer(before, unit), BlockDevice.FUA, add(all));
        device.flush(add(all));
        device.discard(0, unit, add(all));
        device.writeZeroes(0, unit, add(all));
        for (OnceCompletion one : all) {
            assertThat(kind(one.outcome(patience())))
                    .as("operation %d", all.indexOf(one))
                    .isEqualTo(Kind.CLOSED);
        }
    }

    @Test
    @DisplayName("1: operations under way at close end once, done or CLOSED")
    void closeUnderLoad() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        List<List<OnceCompletion>> perThread = new ArrayList<>();
        CountDownLatch warm = new CountDownLatch(3);
        List<Thread> threads = new ArrayList<>();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        for (int t = 0; t < 3; t++) {
            List<OnceCompletion> mine = new ArrayList<>();
            perThread.add(mine);
            long offset = (long) t * unit;
            boolean write = t != 0 && !device.geometry().readOnly();
            Thread thread = new Thread(() -> {
                // Until the close shows; the bound only keeps a broken device from running for ever.
                for (int i = 0; i < 100_000; i++) {
                    OnceCompletion one = add(mine);
                    if (write) {
                        device.write(offset, buffer(device, unit), 0, one);
                    } else {
                        device.read(offset, buffer(device, unit), one);
                    }
                    if (i == 20) {
                        warm.countDown();
                    }
                    // A few at a time are under way on a device that does not complete inline.
                    if (i >= 4 && mine.get(i - 4).outcome(patience()) != null) {
                        return;
                    }
                }
            });
            thread.setUncaughtExceptionHandler((where, what) -> thrown.set(what));
            threads.add(thread);
            thread.start();
        }
        assertThat(warm.await(patience().toSeconds(), TimeUnit.SECONDS)).isTrue();
        device.close();
        for (Thread thread : threads) {
            thread.join(patience().toMillis());
            assertThat(thread.isAlive()).isFalse();
        }
        assertThat(thrown.get()).isNull();
        for (List<OnceCompletion> mine : perThread) {
            for (OnceCompletion one : mine) {
                BlockException failure = one.outcome(patience());
                assertThat(failure == null ? Kind.CLOSED : failure.kind()).isEqualTo(Kind.CLOSED);
                assertThat(one.calls()).isEqualTo(1);
            }
        }
    }

    // ---- clause 2: completions --------------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "2: a chain of operations, each started by the completion of the one before, does not overflow the stack")
    void inlineRecursionIsBounded() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        ByteBuffer bytes = buffer(device, unit);
        long beyond = device.geometry().size();
        // Good and refused operations by turns: a refusal too must not recurse without bound.
        chain(left -> device.read(left % 2 == 0 ? 0 : beyond, bytes, completion(left)));
        if (!device.geometry().readOnly()) {
            chain(left -> device.write(0, bytes, 0, completion(left)));
        }
    }

    private final AtomicReference<@Nullable Chain> chain = new AtomicReference<>();

    /** Starts the operation of one link. */
    private interface Start {
        void start(int left);
    }

    private record Chain(Start start, CountDownLatch over) {}

    private void chain(Start start) throws InterruptedException {
        Chain running = new Chain(start, new CountDownLatch(1));
        chain.set(running);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        // A small stack, so that a device that nests too deep is found out.
        Thread thread = new Thread(null, () -> start.start(chainLength()), "chain", 256 * 1024);
        thread.setUncaughtExceptionHandler((where, what) -> {
            thrown.set(what);
            running.over.countDown();
        });
        thread.start();
        assertThat(running.over.await(patience().toMillis(), TimeUnit.MILLISECONDS))
                .as("the chain ended")
                .isTrue();
        thread.join(patience().toMillis());
        assertThat(thrown.get()).isNull();
    }

    private Completion completion(int left) {
        return new Completion() {
            @Override
            public void completed() {
                Chain running = java.util.Objects.requireNonNull(chain.get());
                if (left == 0) {
                    running.over.countDown();
                } else {
                    running.start.start(left - 1);
                }
            }

            @Override
            public void failed(BlockException cause) {
                completed();
            }
        };
    }

    @Test
    @DisplayName("2: no lock of the device is held while a completion runs")
    void completionsRunWithoutLock() throws Exception {
        BlockDevice device = fresh();
        assumeTrue(device.completesInline(), "only a device that completes inline can be blocked without harm");
        int unit = unit(device);
        AtomicReference<Throwable> seen = new AtomicReference<>(new AssertionError("the completion was not called"));
        device.read(0, buffer(device, unit), new Completion() {
            @Override
            public void completed() {
                try {
                    CompletableFuture.runAsync(() -> {
                                OnceCompletion other = new OnceCompletion();
                                device.read(unit, buffer(device, unit), other);
                                other.outcome(patience());
                                OnceCompletion flush = new OnceCompletion();
                                device.flush(flush);
                                flush.outcome(patience());
                                device.onGeometryChange(g -> {}).close();
                            })
                            .get(patience().toMillis(), TimeUnit.MILLISECONDS);
                    seen.set(Thread.holdsLock(device) ? new AssertionError("the device's monitor is held") : null);
                } catch (Exception e) {
                    seen.set(e);
                }
            }

            @Override
            public void failed(BlockException cause) {
                seen.set(cause);
            }
        });
        assertThat(seen.get()).isNull();
    }
}
