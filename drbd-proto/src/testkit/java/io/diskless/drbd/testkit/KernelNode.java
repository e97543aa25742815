package io.diskless.drbd.testkit;

import io.diskless.cluster.testkit.peer.Guest;
import io.diskless.cluster.testkit.peer.GuestImage;
import io.diskless.cluster.testkit.peer.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A stock Linux with its own DRBD in an emulated machine. A boot is the dearest thing in a test, so there is one machine
 * of a name for all tests of a JVM, and a test gets it with a freshly loaded driver and empty disks. Confined to the
 * thread that runs the tests.
 */
public final class KernelNode {

    /** How long a state may take to come: patience with a busy machine, not a claim about speed. */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Bytes of the disks, in order. Even ones hold data, each odd one the meta-data of the one before. */
    private static final long[] DISKS = {64L << 20, 4L << 20, 16L << 20, 4L << 20};

    private static final List<String> PROGRAMS = List.of(
            "drbdadm",
            "drbdsetup",
            "drbdmeta",
            "lib/drbd/drbdadm-84",
            "lib/drbd/drbdsetup-84",
            "tc",
            "blkdiscard",
            "fstrim",
            "dmsetup",
            "mkfs.ext4",
            "e2fsck",
            "mkfs.ocfs2",
            "fsck.ocfs2",
            "mount.ocfs2",
            "o2cb",
            "ocfs2_hb_ctl");

    /** What the driver asks the kernel for by the name of a digest; loaded at boot, as that may take long. */
    private static final List<String> DIGESTS = List.of(
            "sha3_generic",
            "rmd160",
            "streebog_generic",
            "wp512",
            "blake2b_generic",
            "md4",
            "sha512_generic",
            "crc32_generic",
            "xxhash_generic");

    /** What a test may load: the file systems, the faults. */
    private static final List<String> MODULES = List.of(
            "drbd",
            "crc32c_intel",
            "sch_netem",
            "dm_mod",
            "dm_flakey",
            "dm_delay",
            "ocfs2",
            "ocfs2_dlm",
            "ocfs2_dlmfs",
            "ocfs2_stack_o2cb",
            "configfs");

    private static final List<KernelNode> ALL = new ArrayList<>();

    private final int number;
    private final String name;
    private final List<BackingDisk> disks = new ArrayList<>();
    private Guest guest;
    private String conf = "";

    private KernelNode(int number, String name) {
        this.number = number;
        this.name = name;
        Path folder = folder();
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + folder, e);
        }
        for (int i = 0; i < DISKS.length; i++) {
            Path file = folder.resolve(name + "-disk" + i + ".img").toAbsolutePath();
            disks.add(BackingDisk.create(file, "/dev/vd" + (char) ('a' + i), DISKS[i]));
        }
        Lan.plug(tap());
        guest = boot();
    }

    /** The first node, {@code alice} at 10.9.0.1, as after {@link #reset()}. */
    public static KernelNode alice() {
        return node(1, "alice");
    }

    /** The second node, {@code bob} at 10.9.0.2, as after {@link #reset()}. */
    public static KernelNode bob() {
        return node(2, "bob");
    }

    private static KernelNode node(int number, String name) {
        for (KernelNode node : ALL) {
            if (node.number == number) {
                node.reset();
                return node;
            }
        }
        KernelNode node = new KernelNode(number, name);
        ALL.add(node);
        node.reset();
        return node;
    }

    /** Its host name, the one an {@code on} section must have. */
    public String name() {
        return name;
    }

    /** Its address. */
    public String address() {
        return "10.9.0." + number;
    }

    /** The name of the interface of this namespace that is the other end of its only wire. */
    public String tap() {
        return "tap" + number;
    }

    /** The machine itself. */
    public Guest guest() {
        return guest;
    }

    /**
     * One of its disks. 0 and 2 are meant for data (64 MiB and 16 MiB), 1 and 3 for meta-data (4 MiB each).
     */
    public BackingDisk disk(int index) {
        return disks.get(index);
    }

    /** Runs a script that must succeed; returns what it printed. */
    public String must(String script) {
        return guest.must(script);
    }

    /** Runs a script that may fail. */
    public Processes.Result run(String script) {
        return guest.run(script);
    }

    /**
     * Ends whatever an earlier test left: scripts, mounts, resources, delays. Loads the driver anew, empties the disks and
     * the kernel's log. A resource that is just connecting cannot be taken down and is asked again.
     */
    public void reset() {
        Lan.join(tap());
        must("""
                for pid in /tmp/*.pid; do [ -e "$pid" ] && kill $(cat "$pid") 2>/dev/null; done; rm -f /tmp/*
                umount -a -t ext4,ocfs2 2>/dev/null
                for minor in $(sed -n 's/^ *\\([0-9]*\\): cs.*/\\1/p' /proc/drbd 2>/dev/null); do
                  drbdsetup-84 secondary $minor 2>/dev/null
                done
                for try in $(seq 300); do
                  left=$(drbdsetup-84 show 2>/dev/null | sed -n 's/^resource \\([^ ]*\\) .*/\\1/p')
                  [ -n "$left" ] || break
                  for r in $left; do drbdsetup-84 down $r >/dev/null 2>&1; done
                  sleep 0.1
                done
                dmsetup remove_all 2>/dev/null
                tc qdisc del dev eth0 root 2>/dev/null
                for try in $(seq 100); do [ -e /proc/drbd ] || break; rmmod drbd 2>/tmp/rmmod || sleep 0.1; done
                [ ! -e /proc/drbd ] || { cat /tmp/rmmod /proc/drbd; exit 1; }
                modprobe drbd usermode_helper=/bin/true || exit 1
                for disk in /dev/vd?; do blockdev --flushbufs $disk; done
                dmesg -c >/dev/null
                """);
        disks.forEach(BackingDisk::clear);
    }

    /** Writes {@code /etc/drbd.conf}. */
    public void configure(String drbdConf) {
        conf = drbdConf;
        must("cat >/etc/drbd.conf <<'CONF'\n" + conf + "\nCONF");
    }

    /** Runs {@code drbdadm} with these words, which must succeed. */
    public String drbdadm(String words) {
        return must("drbdadm " + words);
    }

    /** Makes the resource's meta-data with {@code drbdmeta} and brings it up. */
    public void createAndUp(String resource) {
        must("drbdadm create-md --force " + resource);
        up(resource);
    }

    /**
     * Brings a resource up. The tool gives its own commands 5 s each, which a busy machine may exceed; what it left undone is
     * done the next time.
     */
    public String up(String resource) {
        return must("out=$(drbdadm up " + resource + " 2>&1); rc=$?; echo \"$out\";"
                + " for try in $(seq 10); do case $out in *'did not terminate within'*) sleep 5;"
                + " out=$(drbdadm adjust " + resource
                + " 2>&1); rc=$?; echo \"$out\";; *) break;; esac; done; exit $rc");
    }

    /** What the driver says of a volume now; nothing where it is not configured. */
    public Optional<KernelStatus> status(int minor) {
        return KernelStatus.find(must("cat /proc/drbd"), minor);
    }

    /** Waits until the driver says this of a volume. */
    public KernelStatus await(int minor, String what, Predicate<KernelStatus> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<KernelStatus> status = status(minor);
            if (status.isPresent() && wanted.test(status.get())) {
                return status.get();
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError(name + " never came to: " + what + "\nit is at: "
                        + status.map(KernelStatus::line).orElse("not configured") + "\nits log:\n" + kernelLog());
            }
            pause();
        }
    }

    /** Waits for a connection state and the states of both disks, as in {@code await(1, "Connected", "UpToDate/UpToDate")}. */
    public KernelStatus await(int minor, String connection, String disks) {
        return await(minor, connection + " " + disks, status -> status.is(connection, disks));
    }

    /** Waits for a connection state. */
    public KernelStatus await(int minor, String connection) {
        return await(minor, connection, status -> status.connection().equals(connection));
    }

    /** Takes what the kernel has logged since this was last asked. */
    public String kernelLog() {
        return must("dmesg -c");
    }

    /** Cuts its wire: nothing passes, and neither side is told. */
    public void cut() {
        Lan.cut(tap());
    }

    /** Mends its wire. */
    public void mend() {
        Lan.join(tap());
    }

    /** Starts a script that runs on while the test does something else. */
    public void begin(String job, String script) {
        must("rm -f /tmp/" + job + ".*; cat >/tmp/" + job + ".sh <<'SCRIPT'\n" + script + "\nSCRIPT\n( bash /tmp/" + job
                + ".sh >/tmp/" + job + ".out 2>&1; echo $? >/tmp/" + job + ".new; mv /tmp/" + job + ".new /tmp/" + job
                + ".rc ) >/dev/null 2>&1 &\necho $! >/tmp/" + job + ".pid");
    }

    /** Waits for the end of a script that was begun, which must have succeeded; returns what it printed. */
    public String end(String job) {
        return must("while [ ! -e /tmp/" + job + ".rc ]; do sleep 0.1; done; rm -f /tmp/" + job + ".pid; cat /tmp/"
                + job + ".out; exit $(cat /tmp/" + job + ".rc)");
    }

    /**
     * Cuts its power and boots it again: memory is gone, the disks are as they were. Driver and configuration are there,
     * nothing is up.
     */
    public void crash() {
        guest.close();
        guest = boot();
        must("modprobe drbd usermode_helper=/bin/true");
        configure(conf);
    }

    private Guest boot() {
        Guest booted = Guest.boot(new Guest.Options(
                name,
                GuestImage.of(
                        PROGRAMS,
                        Stream.concat(MODULES.stream(), DIGESTS.stream()).toList()),
                192,
                List.of(new Guest.Port(tap(), "52:54:00:aa:00:0" + number)),
                disks.stream().map(BackingDisk::file).toList(),
                List.of(),
                folder()));
        booted.must("ip addr add " + address() + "/24 dev eth0; ln -sf /lib/drbd/drbdsetup-84 /bin/drbdsetup-84;"
                + " mkdir -p /var/lib/drbd /var/lock /var/run /run/drbd /storage /etc/ocfs2;"
                + " for m in " + String.join(" ", DIGESTS) + "; do modprobe $m; done");
        return booted;
    }

    private static Path folder() {
        return Path.of("target", "guests");
    }

    @SuppressWarnings("ThreadSleep") // There is no event for this: the driver's states are seen by asking.
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a kernel", e);
        }
    }
}
