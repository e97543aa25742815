package io.diskless.aoe.peer;

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

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    @Test
    void itBootsADiskOfTheReferenceTarget(@TempDir Path folder) throws Exception {
        Path image = KernelGuest.sparse(folder.resolve("image"), 16 << 20);
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(BootSector.saying("DISKLESS-BOOTED")));
        }
        cleanup.add(Netns.tap("tap9", 1500));
        cleanup.add(Vblade.start(0, 1, "tap9", image));
        Firmware firmware = cleanup.add(Firmware.boot(
                new Guest.Port("tap9", "52:54:00:aa:00:09"), "ifopen net0", "sanboot --no-describe aoe:e0.1"));
        firmware.await("DISKLESS-BOOTED", Duration.ofMinutes(2));
    }
}
