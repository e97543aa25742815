package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaFlag;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.meta.Superblock;
import io.diskless.drbd.testkit.BackingDisk;
import io.diskless.drbd.testkit.KernelNode;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A disk goes from the kernel to us and back, with its meta-data, after an orderly end and after a power cut. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class MetaDataIT {

    private static final int MIB = 1 << 20;
    private static final long CURRENT = 0x1122334455667788L;
    private static final long OLDER = 0x99aabbccddeeff00L;

    private static final MetaOptions EXTERNAL = MetaOptions.at(MetaPlacement.FLEXIBLE);
    private static final MetaOptions INTERNAL = MetaOptions.at(MetaPlacement.INTERNAL);

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @Test
    void whatDrbdmetaMadeIsOpenedByUsAndThenAttachedByTheKernel() throws Exception {
        configure("/dev/vda", "flexible-meta-disk /dev/vdb");
        kernel.must("drbdadm create-md --force r1; blockdev --flushbufs /dev/vdb");

        MemoryDevice meta = take(kernel.disk(1));
        MetaData ours = open(room(kernel.disk(0)), meta, EXTERNAL);
        assertThat(ours.superblock().currentUuid()).isEqualTo(Superblock.UUID_JUST_CREATED);
        assertThat(ours.bitmap().dirtyBits()).isZero();
        done(ours::detach);
        give(meta, kernel.disk(1));

        assertThat(kernel.must("drbdadm get-gi r1")).startsWith("0000000000000004:0000000000000000:");
        kernel.up("r1");
        kernel.await(1, "WFConnection", "Inconsistent/DUnknown");
    }

    @Test
    void aDiskThatWeMadeIsAttachedByTheKernel() throws Exception {
        configure("/dev/vda", "flexible-meta-disk /dev/vdb");
        MemoryDevice data = room(kernel.disk(0));
        MemoryDevice meta = cleanup.add(MemoryDevice.create(kernel.disk(1).size()));
        made(data, meta, EXTERNAL);
        give(meta, kernel.disk(1));

        kernel.up("r1");

        assertThat(kernel.await(1, "WFConnection", "UpToDate/DUnknown").outOfSyncKiB())
                .as("five blocks were marked")
                .isEqualTo(20);
        assertThat(kernel.must("drbdadm get-gi r1"))
                .startsWith("1122334455667788:99AABBCCDDEEFF00:0000000000000000:0000000000000000:1:1:0:");
    }

    @Test
    void anInternalOneGoesThereAndBack() throws Exception {
        configure("/dev/vdc", "meta-disk internal");
        MemoryDevice disk = cleanup.add(MemoryDevice.create(kernel.disk(2).size()));
        made(disk, disk, INTERNAL);
        give(disk, kernel.disk(2));

        kernel.up("r1");
        assertThat(kernel.await(1, "WFConnection", "UpToDate/DUnknown").outOfSyncKiB())
                .isEqualTo(20);
        kernel.must("drbdadm primary r1; dd if=/init of=/dev/drbd1 bs=4k count=1 seek=40 conv=notrunc oflag=direct;"
                + " drbdadm secondary r1; drbdadm down r1");

        MemoryDevice back = take(kernel.disk(2));
        MetaData ours = open(back, back, INTERNAL);
        assertThat(ours.recoveredExtents()).as("the end was orderly").isZero();
        assertThat(ours.bitmap().dirtyBits()).isEqualTo(6);
        assertThat(ours.bitmap().isDirty(40L * BackingDisk.BLOCK, BackingDisk.BLOCK))
                .isTrue();
        assertThat(ours.superblock().currentUuid() & ~1).isEqualTo(CURRENT);
        assertThat(ours.superblock().bitmapUuid() & ~1).isEqualTo(OLDER);
    }

    @Test
    void aKernelWhosePowerWasCutWhilePrimaryIsRecoveredByUs() throws Exception {
        configure("/dev/vda", "flexible-meta-disk /dev/vdb");
        MemoryDevice data = room(kernel.disk(0));
        MemoryDevice before = cleanup.add(MemoryDevice.create(kernel.disk(1).size()));
        made(data, before, EXTERNAL);
        give(before, kernel.disk(1));
        kernel.must(
                "drbdadm up r1; drbdadm primary r1;"
                        + " for mib in 9 42; do dd if=/init of=/dev/drbd1 bs=4k count=1 seek=$((mib * 256)) oflag=direct; done");
        kernel.crash();

        MemoryDevice meta = take(kernel.disk(1));
        MetaData ours = open(data, meta, EXTERNAL);

        assertThat(ours.superblock().has(MetaFlag.CRASHED_PRIMARY)).isTrue();
        assertThat(ours.superblock().currentUuid() & ~1)
                .as("bit 0 only tells who was Primary, and may not have reached the disk")
                .isEqualTo(CURRENT);
        assertThat(ours.bitmap().dirtyBits())
                .as("two extents of 4 MiB and the five blocks")
                .isEqualTo(2 * 1024 + 5);
        for (long extent : new long[] {8L * MIB, 40L * MIB}) {
            assertThat(ours.bitmap().count(extent / BackingDisk.BLOCK, (extent + 4 * MIB) / BackingDisk.BLOCK))
                    .as("dirty blocks of the extent at %d", extent)
                    .isEqualTo(1024);
        }
        done(change -> ours.update(s -> s.without(MetaFlag.PRIMARY_IND), change));
        done(ours::detach);
        give(meta, kernel.disk(1));

        kernel.up("r1");
        assertThat(kernel.await(1, "WFConnection", "UpToDate/DUnknown").outOfSyncKiB())
                .isEqualTo(8192 + 20);
    }

    @Test
    void ourPowerCutWhilePrimaryIsRecoveredByDrbdmeta() throws Exception {
        configure("/dev/vda", "flexible-meta-disk /dev/vdb");
        MemoryDevice data = room(kernel.disk(0));
        MemoryDevice meta = cleanup.add(MemoryDevice.create(kernel.disk(1).size()));
        made(data, meta, EXTERNAL);
        MetaData ours = open(data, meta, EXTERNAL);
        done(change -> ours.update(s -> s.with(MetaFlag.PRIMARY_IND), change));
        done(hot -> ours.activityLog().begin(9L * MIB, BackingDisk.BLOCK, hot));
        done(hot -> ours.activityLog().begin(42L * MIB, BackingDisk.BLOCK, hot));
        ours.close();
        give(meta, kernel.disk(1));

        String said = kernel.up("r1");

        assertThat(said).contains("Marked additional 8192 KB as out-of-sync based on AL");
        assertThat(kernel.await(1, "WFConnection", "UpToDate/DUnknown").outOfSyncKiB())
                .as("two extents of 4 MiB and the five blocks")
                .isEqualTo(8192 + 20);
    }

    private void configure(String disk, String meta) {
        kernel.configure("""
                resource r1 {
                  net { protocol C; }
                  on alice { device /dev/drbd1; disk %s; %s; address 10.9.0.1:7789; }
                  on java { device /dev/drbd1; disk %s; %s; address 10.9.0.254:7789; }
                }
                """.formatted(disk, meta, disk, meta));
    }

    /** Meta-data of good data, which differs from a peer's in the first five blocks. */
    private static void made(MemoryDevice data, MemoryDevice meta, MetaOptions options) throws Exception {
        MetaData.create(data, meta, options).get(1, TimeUnit.MINUTES);
        MetaData fresh = open(data, meta, options);
        done(agreed -> fresh.agree(fresh.layout().dataSectors(), false, agreed));
        fresh.bitmap().markDirty(0, 5L * BackingDisk.BLOCK);
        done(change -> fresh.update(
                s -> s.withUuids(CURRENT, OLDER, 0, 0).with(MetaFlag.CONSISTENT).with(MetaFlag.WAS_UP_TO_DATE),
                change));
        done(fresh::detach);
    }

    private static MetaData open(MemoryDevice data, MemoryDevice meta, MetaOptions options) throws Exception {
        return MetaData.open(data, meta, options).get(1, TimeUnit.MINUTES);
    }

    /** A disk of the same size: nothing of its content matters to the meta-data. */
    private MemoryDevice room(BackingDisk like) throws BlockException {
        return cleanup.add(MemoryDevice.create(like.size()));
    }

    /** A copy of what is on a disk of the guest. */
    private MemoryDevice take(BackingDisk disk) throws BlockException {
        MemoryDevice copy = cleanup.add(MemoryDevice.create(disk.size()));
        copy.write(0, ByteBuffer.wrap(disk.read(0, (int) disk.size())));
        return copy;
    }

    /** Puts a disk into the guest, whose cache knows nothing of it. */
    private void give(MemoryDevice disk, BackingDisk into) throws BlockException {
        ByteBuffer content = ByteBuffer.allocate((int) disk.geometry().size());
        disk.read(0, content);
        kernel.must("blockdev --flushbufs " + into.device());
        into.write(0, content.array());
    }

    private static void done(Consumer<Completion> asked) throws Exception {
        CompletableFuture<Void> end = new CompletableFuture<>();
        asked.accept(new Completion() {
            @Override
            public void completed() {
                end.complete(null);
            }

            @Override
            public void failed(BlockException cause) {
                end.completeExceptionally(cause);
            }
        });
        end.get(1, TimeUnit.MINUTES);
    }
}
