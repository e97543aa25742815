package io.diskless.benchmarks.jmh;

import io.diskless.cluster.model.Diff;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.NetbootProfile;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.rules.Checked;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a site of a million things cost: to check it, to change one of them, to compare two? A guest has six of its own:
 * two disks, a DRBD volume, two exports, a multipath device. The heap is 1 GiB.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class ModelBenchmark {
    private static final int HARDWARE = 2000;
    private static final int STORAGE = 200;
    private static final long GIB = 1L << 30;

    /** How many guests there are; seven things each. */
    @Param("142500")
    public int guests;

    private Model model = Model.empty();
    private Model changed = Model.empty();
    private Checked checked = Checked.of(model);
    private int next;

    /** Builds the site, and another that differs in a thousand things. */
    @Setup
    public void build() {
        model = site(guests);
        checked = Checked.of(model);
        if (!checked.isClean()) {
            throw new IllegalStateException(
                    "the site must be good: " + checked.findings().get(0));
        }
        changed = model.edit(editor -> {
            for (int i = 0; i < 1000; i++) {
                editor.put(moved(i * (guests / 1000)));
            }
        });
    }

    private Instance moved(int guest) {
        Instance here = model.get(new InstanceId("i" + guest), Instance.class).orElseThrow();
        return here.on("h" + (guest + 1) % HARDWARE);
    }

    static Model site(int guests) {
        return Model.empty().edit(editor -> {
            editor.put(Segment.of("san")).put(new NetbootProfile(new ProfileId("linux"), "vmlinuz", "", ""));
            editor.put(ConfigNode.of(machine("cfg", 0), true));
            for (int i = 0; i < STORAGE; i++) {
                editor.put(StorageNode.of(machine("s" + i, 1 + i), "s" + i + "-root", "linux"));
                editor.put(Disk.of("s" + i + "-root", "s" + i, "/dev/sda", GIB));
            }
            for (int i = 0; i < HARDWARE; i++) {
                editor.put(HardwareNode.of(machine("h" + i, 1000 + i), "root", "linux", 1024, 1024 * GIB));
            }
            volume("root", 0, editor);
            for (int i = 0; i < guests; i++) {
                volume("v" + i, i + 1, editor);
                editor.put(Instance.of("i" + i, 1, GIB, "v" + i).on("h" + i % HARDWARE));
            }
        });
    }

    private static Machine machine(String name, int number) {
        // 250 hosts in each /24: none ends with 0 or 255.
        String address = "10.0." + number / 250 + "." + (1 + number % 250);
        Nic nic = Nic.of("eth0", MacAddress.of(0x0200_0000_0000L + number).toString(), "san");
        return Machine.of(name, number == 0 ? nic : nic.address(address)).in(name, name, name);
    }

    private static void volume(String name, int number, Model.Editor editor) {
        String[] nodes = {"s" + number % STORAGE, "s" + (number + 1) % STORAGE};
        for (int side = 0; side < 2; side++) {
            String shelf = String.format(Locale.ROOT, "e%d.%d", (number / 254) * 2 + side, number % 254);
            editor.put(Disk.of(name + "-d" + side, nodes[side], "/dev/vg/" + name, GIB));
            editor.put(AoeExport.of(name + "-e" + side, shelf, nodes[side], "eth0", "san", name + "-r"));
        }
        editor.put(DrbdVolume.of(
                name + "-r",
                DrbdPolicy.of("secrets/all"),
                Replica.of(nodes[0], 0, name + "-d0"),
                Replica.of(nodes[1], 1, name + "-d1")));
        editor.put(Multipath.of(name, name + "-e0", name + "-e1"));
    }

    /**
     * Checks everything.
     *
     * @return the result
     */
    @Benchmark
    public Checked checkAll() {
        return Checked.of(model);
    }

    /**
     * Moves one guest and checks what that touches.
     *
     * @return the result
     */
    @Benchmark
    public Checked changeGuest() {
        next = (next + 1) % guests;
        return checked.update(model.with(moved(next)));
    }

    /**
     * Changes one DRBD volume and checks what that touches.
     *
     * @return the result
     */
    @Benchmark
    public Checked changeVolume() {
        next = (next + 1) % guests;
        DrbdVolume volume =
                model.get(new LayerId("v" + next + "-r"), DrbdVolume.class).orElseThrow();
        return checked.update(model.with(volume.policy(volume.policy().digests("sha256", "daily", ""))));
    }

    /**
     * Drains one storage node, which over a thousand guests use, and checks what that touches.
     *
     * @return the result
     */
    @Benchmark
    public Checked changeStorageNode() {
        StorageNode node = model.get(new NodeId("s7"), StorageNode.class).orElseThrow();
        return checked.update(model.with(node.lifecycle(new Lifecycle.Draining("measurement"))));
    }

    /**
     * Compares two sites that differ in a thousand things.
     *
     * @return the difference
     */
    @Benchmark
    public Diff diff() {
        return model.diff(changed);
    }
}
