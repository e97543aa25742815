package io.diskless.aoe.pair;

import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.BlockDeviceContract;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** An AoE disk is a block device like any other: our initiator, a segment, our target, memory. */
class AoeDiskContractTest extends BlockDeviceContract {
    private static final AoeAddress ADDRESS = new AoeAddress(0, 1);

    /** A machine busy with other tests answers late. */
    private static final DiskOptions PATIENT =
            DiskOptions.builder().openTimeout(Duration.ofMinutes(2)).build();

    private final List<AutoCloseable> opened = new ArrayList<>();
    private MemoryDevice memory;
    private AoeInitiator initiator;

    @Override
    protected BlockDevice open(long size) throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        memory = MemoryDevice.create(size);
        AoeTarget target =
                AoeTarget.create(TargetOptions.builder().spin(Duration.ZERO).build());
        opened.add(target);
        target.attach(segment.attach("target", MacAddress.parse("02:00:00:00:00:0a"), 9000));
        target.export(ADDRESS, memory, ExportOptions.defaults());
        target.start();
        initiator = AoeInitiator.open(
                        List.of(segment.attach("ours", MacAddress.parse("02:00:00:00:00:01"), 9000)),
                        InitiatorOptions.builder().spin(Duration.ZERO).build())
                .start();
        opened.add(initiator);
        return initiator.disk(ADDRESS, PATIENT);
    }

    @Override
    protected BlockDevice reopen() throws Exception {
        return initiator.disk(ADDRESS, PATIENT);
    }

    @Override
    protected void resize(BlockDevice device, long newSize) throws Exception {
        CountDownLatch heard = new CountDownLatch(1);
        BlockDevice.Subscription subscription = device.onGeometryChange(g -> heard.countDown());
        memory.resize(newSize);
        boolean noticed = heard.await(2, TimeUnit.MINUTES);
        subscription.close();
        if (!noticed) {
            throw new AssertionError("the new size was not noticed within 2 minutes");
        }
    }

    @Override
    protected int chainLength() {
        return 5_000;
    }

    @AfterEach
    void closeStack() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }
}
