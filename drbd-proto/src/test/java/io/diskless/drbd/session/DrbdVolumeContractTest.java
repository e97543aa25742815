package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.testkit.BlockDeviceContract;
import io.diskless.drbd.wire.ConnectionState;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.opentest4j.TestAbortedException;

/** A replicated volume is a block device like any other: written on one side, while the other one takes part. */
class DrbdVolumeContractTest extends BlockDeviceContract {
    private final List<Pair> pairs = new ArrayList<>();
    private @Nullable Pair pair;

    @Override
    protected BlockDevice open(long size) throws Exception {
        NetOptions net = Pair.fast().build();
        Pair fresh = new Pair(o -> o.net(net), o -> o.net(net), size);
        pairs.add(fresh);
        pair = fresh;
        fresh.connect();
        fresh.a.await(s -> s.connection() == ConnectionState.CONNECTED);
        fresh.b.await(s -> s.connection() == ConnectionState.CONNECTED);
        fresh.a.resource.skipInitialSync(0).get(60, TimeUnit.SECONDS);
        fresh.b.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
        fresh.a.resource.promote(false).get(60, TimeUnit.SECONDS);
        return owned(fresh.a.resource);
    }

    /** The volume ends with its resource, which is what closing it means here. */
    private static BlockDevice owned(DrbdResource resource) {
        return (BlockDevice) Proxy.newProxyInstance(
                BlockDevice.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (proxy, method, args) -> {
                    if (method.getName().equals("close")) {
                        resource.close();
                        return null;
                    }
                    try {
                        return method.invoke(resource.volume(0), args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    protected void resize(BlockDevice device, long newSize) throws Exception {
        Pair both = Objects.requireNonNull(pair);
        if (newSize < both.diskA.geometry().size()) {
            throw new TestAbortedException("a replicated volume is never made smaller");
        }
        both.diskA.resize(newSize);
        both.diskB.resize(newSize);
        both.a.resource.resize(0, newSize, true).get(60, TimeUnit.SECONDS);
    }

    @Override
    protected int chainLength() {
        return 5_000;
    }

    @Override
    protected Duration patience() {
        return Pair.PATIENCE;
    }

    @AfterEach
    void closePairs() {
        pairs.forEach(Pair::close);
    }
}
