package io.diskless.benchmarks.lab.live;

import io.diskless.cluster.testkit.peer.BootFolder;
import io.diskless.cluster.testkit.peer.Peers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * What machines boot: a distribution's kernel, an initial file system that finds the root by AoE, and a root file system whose
 * system writes files, reads them back from the disk and compares, without end.
 */
final class GuestSystem {
    static final String FIXED = "data/fixed";
    /** How many files the system writes, one after the other and then again. */
    static final int FILES = 8;

    static final int ROOT_MEBIBYTES = 24;
    private static final int FIXED_BYTES = 2 << 20;

    private static final String FIRST = """
            #!/bin/busybox sh
            export PATH=/bin
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs devtmpfs /dev
            for module in virtio_pci virtio_console virtio_net crc32c_generic ext4; do modprobe $module; done
            ip link set lo up
            for net in /sys/class/net/eth*; do ip link set ${net##*/} up; done
            for word in $(cat /proc/cmdline); do
              case $word in lab.root=*) root=${word#*=} ;; esac
            done
            if [ -z "$root" ]; then
              exec 3<>/dev/hvc0
              stty raw -echo <&3
              echo "===READY===" >&3
              while read -r id script <&3; do
                echo "$script" | base64 -d >/script
                sh /script >/output 2>&1 </dev/null 3>&-
                rc=$?
                cat /output >&3
                printf '\\n===END %s rc=%d=\\n' "$id" $rc >&3
              done
            fi
            modprobe aoe
            until mount -t ext4 /dev/etherd/$root /mnt 2>/dev/null; do
              echo >/dev/etherd/discover
              sleep 0.2
            done
            exec switch_root /mnt /sbin/init
            """;

    private static final String INIT = """
            #!/bin/busybox sh
            export PATH=/bin
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs devtmpfs /dev
            mount -t tmpfs tmpfs /run
            # What runs is in memory: so what is read of the disk is what was asked for.
            mkdir -p /run/bin /run/sum
            cp /bin/busybox /run/bin/busybox
            for applet in $(cat /applets); do ln -s busybox /run/bin/$applet; done
            cp /sbin/lease /sbin/load /run/bin/
            export PATH=/run/bin
            hostname web1
            udhcpc -f -i eth0 -s /run/bin/lease >/run/dhcp 2>&1 &
            echo 0 >/run/rounds
            : >/run/took
            : >/run/wrong
            exec 3<>/dev/hvc0
            stty raw -echo <&3
            sh /run/bin/load 3>&- </dev/null >/run/load.log 2>&1 &
            echo "===READY===" >&3
            while read -r id script <&3; do
              echo "$script" | base64 -d >/run/script
              sh /run/script >/run/output 2>&1 </dev/null 3>&-
              rc=$?
              cat /run/output >&3
              printf '\\n===END %s rc=%d=\\n' "$id" $rc >&3
            done
            """;

    /** What udhcpc does with an address. */
    private static final String LEASE = """
            #!/run/bin/busybox sh
            case $1 in
              bound | renew)
                ifconfig $interface $ip netmask $subnet
                echo "$ip $serverid" >/run/lease
                ;;
            esac
            """;

    /** Each round writes a file, and reads another back from the disk; times are in hundredths of a second. */
    private static final String LOAD = """
            now() { read up rest </proc/uptime; echo ${up%.*}${up#*.}; }
            n=0
            while :; do
              while [ -e /run/stop ]; do touch /run/stopped; sleep 0.1; done
              rm -f /run/stopped
              began=$(now)
              f=f$((n % FILES))
              dd if=/dev/urandom of=/run/block bs=32k count=2 2>/dev/null
              rm -f /run/sum/$f
              dd if=/run/block of=/data/$f bs=64k conv=fsync 2>/dev/null || echo "write of $f" >>/run/wrong
              sha256sum </run/block >/run/sum/$f
              echo 1 >/proc/sys/vm/drop_caches
              g=f$(((n / 3) % FILES))
              if [ -e /run/sum/$g ]; then
                [ "$(sha256sum </data/$g)" = "$(cat /run/sum/$g)" ] || echo "read of $g" >>/run/wrong
              fi
              took=$(($(now) - began))
              echo $took >>/run/took
              n=$((n + 1))
              echo $n >/run/rounds
            done
            """.replace("FILES", Integer.toString(FILES));

    private static final List<String> APPLETS = List.of(
            "base64",
            "cat",
            "cp",
            "cut",
            "dd",
            "dmesg",
            "echo",
            "grep",
            "hostname",
            "ifconfig",
            "ip",
            "killall",
            "ln",
            "ls",
            "mkdir",
            "modprobe",
            "mount",
            "printf",
            "rm",
            "sh",
            "sha256sum",
            "sleep",
            "stty",
            "sync",
            "switch_root",
            "tail",
            "touch",
            "tr",
            "udhcpc",
            "umount",
            "wc");

    /** A file that nobody writes. */
    private final byte[] fixed = new byte[FIXED_BYTES];

    private final Path folder;

    /** Makes all of it, in this folder. */
    GuestSystem(Path folder, long seed) {
        this.folder = folder;
        new Random(seed).nextBytes(fixed);
        new BootFolder(folder.resolve("served"))
                .withKernel(
                        FIRST,
                        APPLETS,
                        List.of("virtio_pci", "virtio_net", "virtio_console", "crc32c_generic", "ext4", "aoe"));
        new BootFolder(folder.resolve("made"))
                .withRoot(
                        "root.img",
                        ROOT_MEBIBYTES,
                        APPLETS,
                        Map.of(
                                FIXED,
                                fixed,
                                "applets",
                                String.join(" ", APPLETS).getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
                        Map.of("sbin/init", INIT, "sbin/lease", LEASE, "sbin/load", LOAD));
    }

    /** Why there is no such system here, or nothing. */
    static Optional<String> whyNot() {
        if (!Peers.fetched("aoe") || Peers.kernelVersion().isEmpty()) {
            return Optional.of("no emulator and no kernel in " + Peers.cache() + ". Remedy: .ci/peers aoe");
        }
        if (!java.nio.file.Files.isWritable(Path.of("/dev/net/tun"))) {
            return Optional.of("/dev/net/tun cannot be opened, which an emulated machine needs. Remedy: run as root, or"
                    + " chmod 666 /dev/net/tun");
        }
        return Optional.empty();
    }

    Path root() {
        return folder.resolve("made").resolve("root.img");
    }

    /** SHA-256 of what a machine starts first. */
    String firstProgram() {
        return GuestProofs.sha256(FIRST.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    byte[] fixed() {
        return fixed.clone();
    }
}
