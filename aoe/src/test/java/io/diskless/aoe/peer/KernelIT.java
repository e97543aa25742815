package io.diskless.aoe.peer;

import static io.diskless.aoe.peer.KernelGuest.TAP_0;
import static io.diskless.aoe.peer.KernelGuest.TAP_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.aoe.target.Access;
import io.diskless.aoe.target.AccessRule;
import io.diskless.aoe.target.Export;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Guest;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The AoE driver of a stock Linux 6.1 uses disks of our target. */
@RequiresNetworkNamespace
@RequiresPeer({"linux", "qemu-system-x86_64"})
class KernelIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MIB = 1 << 20;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    @ParameterizedTest(name = "MTU {0}: {1} bytes per frame")
    @CsvSource({"1500, 1024", "9000, 8704"})
    void aFileSystemWithATreeSurvivesAPowerCut(int mtu, int bytesPerFrame) throws Exception {
        Guest guest = KernelGuest.get();
        KernelGuest.mtu(mtu);
        TargetRig rig = cleanup.add(TargetRig.on(TAP_0));
        rig.export("e5.1", cleanup.add(MemoryDevice.create(64 * MIB)));
        KernelGuest.awaitDevice("e5.1");

        assertThat(guest.must("cat /sys/block/etherd!e5.1/payload 2>/dev/null || aoe-stat | grep e5.1"))
                .contains(String.valueOf(bytesPerFrame));
        guest.must("mkfs.ext4 -q /dev/etherd/e5.1 && mount /dev/etherd/e5.1 /mnt");
        String written = guest.must(
                "cp -a /lib /init /mnt/ && sync && cd /mnt && find . -type f | sort | xargs sha256sum | sha256sum");
        String files = guest.must("cd /mnt && find . -type f | wc -l");

        Guest anew = KernelGuest.reboot();
        KernelGuest.mtu(mtu);
        KernelGuest.awaitDevice("e5.1");

        anew.must("mount /dev/etherd/e5.1 /mnt");
        assertThat(anew.must("cd /mnt && find . -type f | wc -l"))
                .isEqualTo(files)
                .isNotEqualTo("0");
        assertThat(anew.must("cd /mnt && find . -type f | sort | xargs sha256sum | sha256sum"))
                .isEqualTo(written);
        anew.must("umount /mnt && e2fsck -fn /dev/etherd/e5.1");
        assertThat(rig.counters("e5.1").ataFailed()).isZero();
        assertThat(rig.counters("e5.1").aoeErrors()).isZero();
    }

    @Test
    void aTargetThatStopsForSecondsAndStartsAgainIsOnlyADelay() throws Exception {
        Guest guest = KernelGuest.get();
        MemoryDevice device = cleanup.add(MemoryDevice.create(16 * MIB));
        TargetRig before = cleanup.add(TargetRig.on(TAP_0));
        before.export("e5.1", device);
        KernelGuest.awaitDevice("e5.1");
        // The driver's first time-out after an open is 15 s; a stream teaches it a shorter one.
        KernelGuest.begin("stream", writeStream("e5.1", 3000));
        await().atMost(PATIENCE).until(() -> before.counters("e5.1").writes() > 200);
        before.close();

        try (TargetRig silent = TargetRig.on(TAP_0)) {
            // One retry per 100 ms: these are seconds, counted by what happens in them.
            await().atMost(PATIENCE).until(() -> silent.unanswered(TAP_0) > 30);
        }
        TargetRig after = cleanup.add(TargetRig.on(TAP_0));
        after.export("e5.1", device);

        KernelGuest.end("stream");
        assertThat(guest.must(readStream("e5.1", 3000))).isEqualTo(guest.must("sha256sum </tmp/pattern"));
        assertThat(contentOf(device, 100 * 1024, 1024)).isEqualTo(pattern(100));
    }

    @Test
    void ofTwoPathsOneMayBeCut() throws Exception {
        Guest guest = KernelGuest.get(10);
        MemoryDevice device = cleanup.add(MemoryDevice.create(16 * MIB));
        TargetRig rig = cleanup.add(TargetRig.on(TAP_0, TAP_1));
        rig.export("e5.1", device);
        KernelGuest.awaitDevice("e5.1");
        guest.must("for try in $(seq 100); do aoe-stat | grep -Eq 'e5.1.*(eth0,eth1|eth1,eth0)' && exit 0;"
                + " echo >/dev/etherd/discover; sleep 0.1; done; aoe-stat; exit 1");
        KernelGuest.begin("stream", writeStream("e5.1", 3000));
        await().atMost(PATIENCE)
                .until(() -> rig.port(TAP_0).answers() > 200 && rig.port(TAP_1).answers() > 200);

        Netns.down(TAP_1);
        try {
            long others = rig.port(TAP_1).answers();
            KernelGuest.end("stream");
            assertThat(rig.port(TAP_1).answers()).isEqualTo(others);
        } finally {
            Netns.up(TAP_1);
        }

        assertThat(guest.must(readStream("e5.1", 3000))).isEqualTo(guest.must("sha256sum </tmp/pattern"));
        assertThat(guest.must("aoe-stat")).contains("up");
    }

    @Test
    void aNewSizeIsSeenAfterRevalidation() throws Exception {
        Guest guest = KernelGuest.get();
        MemoryDevice device = cleanup.add(MemoryDevice.create(16 * MIB));
        TargetRig rig = cleanup.add(TargetRig.on(TAP_0));
        rig.export("e5.1", device);
        KernelGuest.awaitDevice("e5.1");
        assertThat(guest.must("blockdev --getsize64 /dev/etherd/e5.1")).isEqualTo(String.valueOf(16 * MIB));

        device.resize(24 * MIB);

        guest.must("aoe-revalidate e5.1; for try in $(seq 300); do [ $(blockdev --getsize64 /dev/etherd/e5.1) = "
                + 24 * MIB + " ] && exit 0; sleep 0.1; done; exit 1");
        guest.must("dd if=/init of=/dev/etherd/e5.1 bs=1k seek=" + (20 << 10) + " count=1 oflag=direct");
        assertThat(contentOf(device, 20 * MIB, 512))
                .asString(StandardCharsets.US_ASCII)
                .startsWith("#!/bin/busybox");
    }

    @Test
    void accessChangesWhileTheGuestWorks() throws Exception {
        Guest guest = KernelGuest.get();
        MacAddress peer = MacAddress.parse(KernelGuest.MAC_0);
        AoeAddress address = AoeAddress.parse("e5.1");
        TargetRig rig = cleanup.add(TargetRig.on(TAP_0));
        rig.target().access().put(AccessRule.of(peer, address, Access.NONE));
        rig.export("e5.1", cleanup.add(MemoryDevice.create(16 * MIB)));
        rig.export("e5.2", cleanup.add(MemoryDevice.create(MIB)));

        KernelGuest.awaitDevice("e5.2");
        assertThat(guest.must("ls /dev/etherd")).as("what is denied is silent").doesNotContain("e5.1");

        rig.target().access().put(AccessRule.of(peer, address, Access.READ_WRITE));
        KernelGuest.awaitDevice("e5.1");
        KernelGuest.begin("stream", writeStream("e5.1", 3000));
        await().atMost(PATIENCE).until(() -> rig.counters("e5.1").writes() > 200);
        rig.target().access().put(AccessRule.of(peer, address, Access.NONE));
        await().atMost(PATIENCE).until(() -> rig.counters("e5.1").denied() > 20);
        rig.target().access().put(AccessRule.of(peer, address, Access.READ_WRITE));
        KernelGuest.end("stream");

        rig.target().access().put(AccessRule.of(peer, address, Access.READ_ONLY));
        assertThat(guest.must(readStream("e5.1", 3000))).isEqualTo(guest.must("sha256sum </tmp/pattern"));
        assertEio(guest.run("dd if=/dev/zero of=/dev/etherd/e5.1 bs=1k count=1 oflag=direct"));
        assertThat(guest.must("dmesg")).contains("ata error cmd=34h stat=41h");

        rig.target().access().put(AccessRule.of(peer, address, Access.READ_WRITE));
        guest.must("dd if=/dev/zero of=/dev/etherd/e5.1 bs=1k count=1 oflag=direct");
    }

    @Test
    void aReadOnlyExportRefusesWrites() throws Exception {
        Guest guest = KernelGuest.get();
        MemoryDevice device = cleanup.add(MemoryDevice.create(MIB));
        device.write(0, ByteBuffer.wrap(pattern(7)));
        TargetRig rig = cleanup.add(TargetRig.on(TAP_0));
        Export export = rig.export(
                "e5.1", device, ExportOptions.builder().readOnly(true).build());
        KernelGuest.awaitDevice("e5.1");

        assertEio(guest.run("dd if=/dev/zero of=/dev/etherd/e5.1 bs=1k count=1 oflag=direct"));
        assertThat(contentOf(device, 0, 1024)).isEqualTo(pattern(7));
        assertThat(guest.must("head -c 22 /dev/etherd/e5.1")).isEqualTo("this is 1 KiB block 00");

        export.setReadOnly(false);
        guest.must("dd if=/dev/zero of=/dev/etherd/e5.1 bs=1k count=1 oflag=direct");
        assertThat(contentOf(device, 0, 1024)).containsOnly(0);
    }

    @Test
    void aFaultOfTheMediumIsAnInputOutputErrorAndNothingElse() throws Exception {
        Guest guest = KernelGuest.get();
        FaultyDevice device = cleanup.add(FaultyDevice.of(MemoryDevice.create(MIB)));
        TargetRig rig = cleanup.add(TargetRig.on(TAP_0));
        rig.export("e5.1", device);
        KernelGuest.awaitDevice("e5.1");
        FaultyDevice.Fault fault = device.fail(BlockException.Kind.MEDIUM, 512 * 1024, 512);

        assertEio(guest.run("dd if=/dev/etherd/e5.1 of=/dev/null bs=1k skip=512 count=1 iflag=direct"));
        assertEio(guest.run("dd if=/init of=/dev/etherd/e5.1 bs=1k seek=512 count=1 oflag=direct"));
        assertThat(fault.hits()).isGreaterThanOrEqualTo(2);
        guest.must("dd if=/dev/etherd/e5.1 of=/dev/null bs=1k count=512 iflag=direct");
        guest.must("dd if=/dev/etherd/e5.1 of=/dev/null bs=1k skip=513 iflag=direct");

        fault.repair();
        guest.must("dd if=/init of=/dev/etherd/e5.1 bs=1k seek=512 count=1 oflag=direct");
    }

    @Test
    void anExportIsSeenWhenItComesWithoutBeingAskedFor() throws Exception {
        Guest guest = KernelGuest.get();
        TargetRig rig = cleanup.add(TargetRig.on(TAP_0));
        rig.export("e5.1", cleanup.add(MemoryDevice.create(MIB)));
        KernelGuest.awaitDevice("e5.1");

        rig.export("e5.2", cleanup.add(MemoryDevice.create(2 * MIB)));

        guest.must("for try in $(seq 300); do [ -b /dev/etherd/e5.2 ] && exit 0; sleep 0.1; done; exit 1");
        guest.must("dd if=/dev/etherd/e5.2 of=/dev/null bs=1k iflag=direct");
    }

    private static void assertEio(Processes.Result result) {
        assertThat(result.exitCode()).as(result.output()).isEqualTo(1);
        assertThat(result.output()).contains("Input/output error");
    }

    /** So many blocks of 1 KiB, each with its number, one after the other, past the page cache. */
    private static String writeStream(String device, int blocks) {
        return "awk 'BEGIN { for (n = 0; n < " + blocks
                + "; n++) printf \"%-1023s\\n\", sprintf(\"this is 1 KiB block %04d\", n) }' >/tmp/pattern\n"
                + "dd if=/tmp/pattern of=/dev/etherd/" + device + " bs=1k oflag=direct";
    }

    private static String readStream(String device, int blocks) {
        return "dd if=/dev/etherd/" + device + " bs=1k count=" + blocks + " iflag=direct 2>/dev/null | sha256sum";
    }

    private static byte[] pattern(int block) {
        byte[] pattern = new byte[1024];
        Arrays.fill(pattern, (byte) ' ');
        byte[] text = String.format("this is 1 KiB block %04d", block).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, pattern, 0, text.length);
        pattern[1023] = '\n';
        return pattern;
    }

    private static byte[] contentOf(MemoryDevice device, long offset, int length) throws BlockException {
        ByteBuffer content = ByteBuffer.allocate(length);
        device.read(offset, content);
        return content.array();
    }
}
