package io.diskless.cluster.testkit.peer;

/** The first program of a guest, and its only one: it makes the machine ready and then runs the scripts it is sent. */
final class GuestInit {

    /**
     * Words of the kernel's command line: {@code g.name=NAME}, {@code g.modules=A,B}. The channel is a virtio console,
     * because a byte through an emulated serial port costs a trap. A request is {@code ID BASE64(script)} on one line;
     * the answer is the script's output and a line {@code ===END ID rc=N===}. The terminal's settings are lost with its
     * last close, so it is opened once, and set while open.
     */
    static final String SCRIPT = """
            #!/bin/busybox sh
            export PATH=/bin HOME=/root LC_ALL=C
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs devtmpfs /dev 2>/dev/null
            mkdir -p /dev/pts
            mount -t tmpfs tmpfs /tmp
            mount -t tmpfs tmpfs /run
            ln -sf /proc/mounts /etc/mtab
            echo /bin/modprobe >/proc/sys/kernel/modprobe
            modules=''
            for word in $(cat /proc/cmdline); do
              case $word in
                g.name=*) hostname ${word#*=} ;;
                g.modules=*) modules=${word#*=} ;;
              esac
            done
            for module in virtio_pci virtio_console virtio_blk virtio_net crc32c_generic $(echo $modules | tr , ' '); do
              modprobe $module
            done
            ip link set lo up
            for net in /sys/class/net/eth*; do
              [ -e "$net" ] || continue
              echo 1 >/proc/sys/net/ipv6/conf/${net##*/}/disable_ipv6 2>/dev/null
              ip link set ${net##*/} up
            done
            exec 3<>/dev/hvc0
            stty raw -echo -onlcr <&3
            echo ===READY=== >&3
            while read -r id script <&3; do
              echo "$script" | base64 -d >/tmp/.script
              bash /tmp/.script >/tmp/.output 2>&1 </dev/null 3>&-
              rc=$?
              cat /tmp/.output >&3
              printf '\\n===END %s rc=%d===\\n' "$id" $rc >&3
            done
            poweroff -f
            """;

    private GuestInit() {}
}
