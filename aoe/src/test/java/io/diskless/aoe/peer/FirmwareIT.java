package io.diskless.aoe.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.target.ExportOptions;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Firmware;
import io.diskless.cluster.testkit.peer.Guest;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.cluster.testkit.peer.Vblade;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * iPXE boots a disk over Ethernet. The disk is 16 MiB: this firmware fails with an input/output error on one smaller than
 * a BIOS cylinder, before it has read the boot sector.
 */
@RequiresNetworkNamespace
@RequiresPeer({"ipxe", "qemu-system-x86_64", "vblade"})
class FirmwareIT {

    private static final String TAP = "tap9";
    private static final String MARKER = "DISKLESS-BOOTED";
    private static final long SIZE = 16 << 20;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    @Test
    void itBootsADiskOfOurTarget() throws Exception {
        cleanup.add(Netns.tap(TAP, 1500));
        MemoryDevice disk = cleanup.add(MemoryDevice.create(SIZE));
        disk.write(0, ByteBuffer.wrap(BootSector.saying(MARKER)));
        TargetRig rig = cleanup.add(TargetRig.on(TAP));
        rig.export("e0.1", disk, ExportOptions.builder().readOnly(true).build());

        bootUntilTheDiskSpeaks();

        assertThat(rig.counters("e0.1").reads()).isPositive();
        assertThat(rig.counters("e0.1").ataFailed()).isZero();
    }

    /** The control experiment. */
    @Test
    void itBootsADiskOfTheReferenceTarget(@TempDir Path folder) throws Exception {
        Path image = KernelGuest.sparse(folder.resolve("image"), SIZE);
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(BootSector.saying(MARKER)));
        }
        cleanup.add(Netns.tap(TAP, 1500));
        cleanup.add(Vblade.start(0, 1, TAP, image));

        bootUntilTheDiskSpeaks();
    }

    private void bootUntilTheDiskSpeaks() {
        Firmware firmware = cleanup.add(Firmware.boot(
                new Guest.Port(TAP, "52:54:00:aa:00:09"), "ifopen net0", "sanboot --no-describe aoe:e0.1"));
        firmware.await(MARKER, Duration.ofMinutes(2));
    }
}
