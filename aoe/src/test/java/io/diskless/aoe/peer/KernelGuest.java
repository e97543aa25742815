package io.diskless.aoe.peer;

import io.diskless.cluster.testkit.peer.Guest;
import io.diskless.cluster.testkit.peer.GuestImage;
import io.diskless.cluster.testkit.peer.Netns;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;

/**
 * The one Linux guest of these tests, with two Ethernet ports: booted when first asked for and then shared, because a boot
 * is the dearest thing here. A test gets a freshly loaded {@code aoe} driver, not a fresh machine. Confined to the thread
 * that runs the tests.
 */
final class KernelGuest {

    /** The taps that are the other ends of the guest's {@code eth0} and {@code eth1}. */
    static final String TAP_0 = "tap0";

    static final String TAP_1 = "tap1";

    static final String MAC_0 = "52:54:00:aa:00:01";
    static final String MAC_1 = "52:54:00:aa:00:02";

    private static final List<String> PROGRAMS =
            List.of("aoe-stat", "aoe-discover", "aoe-revalidate", "mkfs.ext4", "e2fsck");

    private static Guest guest;

    private KernelGuest() {}

    /** The running guest, at MTU 1500, with the driver loaded anew: no device, default timeouts but for this one. */
    static Guest get(int deadSeconds) {
        if (guest == null) {
            for (String tap : List.of(TAP_0, TAP_1)) {
                if (!Netns.names().contains(tap)) {
                    Netns.tap(tap, 1500);
                }
            }
            boot();
        }
        mtu(1500);
        guest.must("umount /mnt 2>/dev/null; rmmod aoe 2>/dev/null; modprobe aoe aoe_deadsecs=" + deadSeconds);
        return guest;
    }

    static Guest get() {
        return get(180);
    }

    /** Cuts the guest's power and boots it again: nothing it knew is left. */
    static Guest reboot() {
        guest.close();
        boot();
        return get();
    }

    private static void boot() {
        guest = Guest.boot(new Guest.Options(
                "ruby",
                GuestImage.of(PROGRAMS, List.of("aoe")),
                192,
                List.of(new Guest.Port(TAP_0, MAC_0), new Guest.Port(TAP_1, MAC_1)),
                List.of(),
                List.of(),
                Path.of("target", "guests")));
    }

    /** Sets the MTU at both ends of both wires. */
    static void mtu(int mtu) {
        Netns.mtu(TAP_0, mtu);
        Netns.mtu(TAP_1, mtu);
        guest.must("ip link set eth0 mtu " + mtu + " && ip link set eth1 mtu " + mtu);
    }

    /** Asks for targets until the device is there, which it must be some day. */
    static void awaitDevice(String name) {
        guest.must(
                "for try in $(seq 300); do [ -b /dev/etherd/" + name + " ] && [ $(cat /sys/block/etherd!" + name
                        + "/size) -gt 0 ] && exit 0; echo >/dev/etherd/discover; sleep 0.1; done; aoe-stat; dmesg | tail; exit 1");
    }

    /** Starts a script that runs on while the test does something else. */
    static void begin(String name, String script) {
        guest.must("rm -f /tmp/" + name + ".*; cat >/tmp/" + name + ".sh <<'SCRIPT'\n" + script + "\nSCRIPT\n"
                + "( bash /tmp/"
                + name + ".sh >/tmp/" + name + ".out 2>&1; echo $? >/tmp/" + name + ".rc.new; mv /tmp/" + name
                + ".rc.new /tmp/" + name + ".rc ) >/dev/null 2>&1 &");
    }

    /** Waits for the end of a script that was begun; it must have succeeded. */
    static String end(String name) {
        return guest.must("while [ ! -e /tmp/" + name + ".rc ]; do sleep 0.1; done; cat /tmp/" + name
                + ".out; exit $(cat /tmp/" + name + ".rc)");
    }

    /** A file of that size without content. */
    static Path sparse(Path file, long size) throws IOException {
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(size);
        }
        return file;
    }
}
