package io.diskless.cluster.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.conf.guest.LibvirtDomain;
import io.diskless.cluster.conf.guest.XlConfig;
import io.diskless.cluster.conf.ha.CibConfig;
import io.diskless.cluster.conf.ha.CorosyncConfig;
import io.diskless.cluster.conf.md.MdadmConfig;
import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Software;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is rendered is what our readers of the same languages take without a word, and means what the site says. */
class RenderedFilesTest {
    private static final NodeId S1 = new NodeId("s1");
    private static final NodeId H1 = new NodeId("h1");
    private static final InstanceId WEB1 = new InstanceId("web1");
    private static final PairId PAIR = new PairId("cfg");

    /** The sample site with every machine's files in a dialect. */
    static Model in(DrbdDialect dialect) {
        Model site = SampleSite.good();
        for (Node node : site.all(Node.class)) {
            site = site.with(node.machine(node.machine().software(new Software(dialect, dialect, dialect))));
        }
        return site;
    }

    /** The guest of the sample site with another way to boot. */
    static Model booting(BootKind boot) {
        Model site = SampleSite.good();
        return site.with(site.get(WEB1, Instance.class).orElseThrow().boot(boot));
    }

    static List<BootKind> boots() {
        return List.of(
                new BootKind.DiskBoot(),
                new BootKind.NetworkBoot(new ProfileId("linux")),
                new BootKind.KernelBoot("/srv/boot/vmlinuz", "/srv/boot/initrd", "root=/dev/vda ro x='a&b'"));
    }

    static String secret(String reference) {
        return "secret of " + reference;
    }

    private static void assertClean(ConfigDocument document) {
        assertThat(document.diagnostics()).as(document.text().text()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(DrbdDialect.class)
    void resourcesAreThoseOfTheNodeInItsDialect(DrbdDialect dialect) {
        Model site = in(dialect);
        DrbdConfig drbd = DrbdConfig.parse(
                ConfigText.of("drbd.conf", StorageFiles.drbd(site, S1, RenderedFilesTest::secret)), dialect);
        assertClean(drbd);
        assertThat(drbd.resources()).extracting("name").containsExactly("h1-root-r", "h2-root-r", "web1-r");
        String text = drbd.text().text();
        assertThat(text)
                .contains("shared-secret \"secret of secrets/web1\";", "address 10.0.0.111:7791;", "disk /dev/vg/web1;")
                .contains("device /dev/drbd2 minor 2;", "fencing resource-and-stonith;", "verify-alg sha256;");
        // The same numbers on the other node.
        assertThat(StorageFiles.drbd(site, new NodeId("s2"), RenderedFilesTest::secret))
                .isEqualTo(text);
    }

    @Test
    void aNewVolumeLeavesTheResourcesOfTheOthersAsTheyWere() {
        Model before = SampleSite.good();
        // First by name, and on other machines too than the others.
        Model after = new VolumeOperation.CreateVolume(
                        new LayerId("aaa"),
                        SampleSite.GIB,
                        List.of(S1, new NodeId("cfg1")),
                        DrbdPolicy.of("secrets/aaa"))
                .applyTo(before);
        String old = StorageFiles.drbd(before, S1, RenderedFilesTest::secret);
        String now = StorageFiles.drbd(after, S1, RenderedFilesTest::secret);
        assertThat(now).endsWith(old);
        assertThat(now.substring(0, now.length() - old.length()))
                .startsWith("resource aaa {")
                .contains("device /dev/drbd3 minor 3;", "address 10.0.0.101:7792;")
                .containsOnlyOnce("resource ");
        assertThat(StorageFiles.drbd(after, new NodeId("s2"), RenderedFilesTest::secret))
                .isEqualTo(StorageFiles.drbd(before, new NodeId("s2"), RenderedFilesTest::secret));
        Model copied = new GuestOperation.CopyInstance(WEB1, new InstanceId("a-copy")).applyTo(after);
        assertThat(StorageFiles.drbd(copied, S1, RenderedFilesTest::secret)).contains(old);
    }

    @Test
    void aMachineHasAsManyVolumesAsPortsAndNumbersAreNeverShared() {
        Random random = new Random(7);
        List<Entity> site = new ArrayList<>();
        for (int i = 0; i < 60_000; i++) {
            int node = random.nextInt(20);
            site.add(DrbdVolume.of(
                    "v" + i,
                    DrbdPolicy.of("secrets/all"),
                    Replica.of("n" + node, 0, "d" + i),
                    Replica.of("n" + (node + 1 + random.nextInt(19)) % 20, 1, "e" + i)));
        }
        Model model = DrbdNumbers.complete(Model.of(site.toArray(new Entity[0])));
        Set<Object> taken = new HashSet<>();
        for (DrbdVolume volume : model.all(DrbdVolume.class)) {
            DrbdNumbers numbers = volume.numbers().orElseThrow();
            for (NodeId node : volume.nodes()) {
                assertThat(taken.add(new Claim.DrbdMinor(node, numbers.minor())))
                        .isTrue();
                assertThat(taken.add(new Claim.DrbdPort(node, numbers.port()))).isTrue();
            }
        }
        assertThat(DrbdNumbers.complete(model)).isSameAs(model);
        site.clear();
        for (int i = 0; i <= 65_535 - DrbdNumbers.FIRST_PORT + 1; i++) {
            site.add(DrbdVolume.of("v" + i, DrbdPolicy.of("secrets/all"), Replica.of("n1", 0, "d" + i)));
        }
        Model full = Model.of(site.toArray(new Entity[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DrbdNumbers.complete(full))
                .withMessage("every number from 7789 to 65535 is taken by volumes of [node/n1]");
    }

    @Test
    void whatADialectCannotSayIsRefused() {
        Model site = in(DrbdDialect.V8_4);
        DrbdVolume volume = site.get(new LayerId("web1-r"), DrbdVolume.class).orElseThrow();
        Model quorum = site.with(volume.policy(volume.policy().quorum(DrbdPolicy.Quorum.MAJORITY)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StorageFiles.drbd(quorum, S1, RenderedFilesTest::secret))
                .withMessageContaining("layer/web1-r wants quorum, which DRBD 8.4 does not know");
        List<Replica> three = new ArrayList<>(volume.replicas());
        three.add(Replica.of("h2", 2, "h2-d"));
        Model mesh =
                site.with(Disk.of("h2-d", "h2", "/dev/sdz", SampleSite.GIB)).with(volume.replicas(three));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StorageFiles.drbd(mesh, S1, RenderedFilesTest::secret))
                .withMessageContaining("has 3 copies, and DRBD 8.4 keeps 2");
        Model nine = SampleSite.good()
                .with(Disk.of("h2-d", "h2", "/dev/sdz", SampleSite.GIB))
                .with(volume.replicas(three));
        DrbdConfig drbd = DrbdConfig.parse(
                ConfigText.of("drbd.conf", StorageFiles.drbd(nine, S1, RenderedFilesTest::secret)), DrbdDialect.V9);
        assertClean(drbd);
        assertThat(drbd.text().text()).contains("hosts s1 s2 h2;");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StorageFiles.drbd(SampleSite.good(), S1, reference -> "a\"b"))
                .withMessageContaining("a secret cannot hold a quote");
    }

    @Test
    void arraysAreToldByTheirDevices() {
        MdadmConfig md = MdadmConfig.parse(
                ConfigText.of("mdadm.conf", StorageFiles.mdadm(SampleSite.good(), new NodeId("cfg1"))));
        assertClean(md);
        assertThat(md.text().text())
                .isEqualTo("ARRAY /dev/md/cfg1-md level=raid1 num-devices=2 devices=/dev/sda,/dev/sdb\n");
        assertThat(StorageFiles.mdadm(SampleSite.good(), S1)).isEmpty();
    }

    @Test
    void guestsFindTheirVolumesWhereTheyRun() {
        for (BootKind boot : boots()) {
            XlConfig xl = XlConfig.parse(ConfigText.of("web1.cfg", GuestFiles.xl(booting(boot), WEB1, H1)));
            assertClean(xl);
            assertThat(xl.text().text())
                    .contains(
                            "memory = 4096\n",
                            "access=rw,target=/dev/mapper/web1\"",
                            "mac=52:54:00:bb:00:01,bridge=lan");
            LibvirtDomain domain =
                    LibvirtDomain.parse(ConfigText.of("web1.xml", GuestFiles.libvirt(booting(boot), WEB1, H1)));
            assertClean(domain);
            assertThat(domain.text().text()).contains("<source dev='/dev/mapper/web1'/>", "cache='none'");
        }
        assertThat(GuestFiles.libvirt(booting(boots().get(2)), WEB1, H1))
                .contains("<cmdline>root=/dev/vda ro x=&apos;a&amp;b&apos;</cmdline>");
        assertThat(GuestFiles.libvirt(SampleSite.good(), WEB1, new NodeId("h2")))
                .isEqualTo(GuestFiles.libvirt(SampleSite.good(), WEB1, H1));
        Model local = SampleSite.good().with(Instance.of("own", 1, SampleSite.GIB, "s1-root"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GuestFiles.xl(local, new InstanceId("own"), H1))
                .withMessage("instance/own uses layer/s1-root, which has no device on node/h1");
    }

    @Test
    void aPairIsToldToEachOfItsPrograms() {
        Model site = SampleSite.good();
        CorosyncConfig corosync = CorosyncConfig.parse(ConfigText.of("corosync.conf", HaFiles.corosync(site, PAIR)));
        assertClean(corosync);
        assertThat(corosync.nodes()).extracting("name").containsExactly("cfg1", "cfg2");
        CibConfig cib = CibConfig.parse(ConfigText.of("cib.xml", HaFiles.cib(site, PAIR)));
        assertClean(cib);
        assertThat(cib.text().text()).contains("name=\"ip\" value=\"10.0.0.2\"", "type=\"fence_pdu\"");
        assertThat(HaFiles.heartbeat(site, PAIR)).isEqualTo("""
                        keepalive 2
                        warntime 10
                        deadtime 30
                        initdead 120
                        udpport 694
                        bcast eth0
                        bcast eth1
                        auto_failback off
                        node cfg1 cfg2
                        """);
        assertThat(HaFiles.haresources(site, PAIR))
                .isEqualTo("cfg1 drbddisk::cfg Filesystem::/dev/drbd/by-res/cfg/0::/srv/cfg::ext4 10.0.0.2 dnsmasq\n");
    }
}
