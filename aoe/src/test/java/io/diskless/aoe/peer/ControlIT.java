package io.diskless.aoe.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Guest;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.cluster.testkit.peer.Vblade;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The control experiment: nothing of ours takes part. Where this fails, the emulator or the network is at fault, and the
 * failures beside it say nothing about our target.
 */
@RequiresNetworkNamespace
@RequiresPeer({"linux", "qemu-system-x86_64", "vblade"})
class ControlIT {

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    @Test
    void theKernelsInitiatorAndTheReferenceTargetUnderstandEachOther(@TempDir Path folder) throws Exception {
        Path image = KernelGuest.sparse(folder.resolve("image"), 16 << 20);
        Guest guest = KernelGuest.get();
        cleanup.add(Vblade.start(7, 1, KernelGuest.TAP_0, image));
        KernelGuest.awaitDevice("e7.1");

        guest.must("mkfs.ext4 -q /dev/etherd/e7.1");
        guest.must("mount /dev/etherd/e7.1 /mnt && echo from the guest >/mnt/note && umount /mnt");

        assertThat(guest.must("blockdev --getsize64 /dev/etherd/e7.1")).isEqualTo(String.valueOf(16 << 20));
        assertThat(guest.must("mount /dev/etherd/e7.1 /mnt && cat /mnt/note; umount /mnt"))
                .isEqualTo("from the guest");
    }
}
