package io.diskless.cluster.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.operation.SiteOperation;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.render.HaFiles;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.Rule;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The files of an old site become one model. */
class SiteImportTest {
    /** As a blog of 2008 shows it: tabs lost, quotes curly. */
    private static final String DRBD = """
            resource store {
            protocol C;
            net { allow-two-primaries; cram-hmac-alg md5; shared-secret \u201Cpassword\u201D; }
            syncer { rate 10M; verify-alg md5; }
            on ruby { device /dev/drbd0; disk /dev/sdb1; address 10.0.0.19:7788; meta-disk internal; }
            on crystal { device /dev/drbd0; disk /dev/sdb1; address 10.0.0.18:7788; meta-disk internal; }
            }
            """;

    private static String ocfs(int ruby) {
        return """
                cluster:
                node_count = 2
                name = lab
                node:
                ip_port = 7777
                ip_address = 10.0.0.18
                number = 0
                name = crystal
                cluster = lab
                node:
                ip_port = 7777
                ip_address = 10.0.0.19
                number = %d
                name = ruby
                cluster = lab
                """.formatted(ruby);
    }

    private final Map<String, HostFiles> hosts = new TreeMap<>();

    private void host(String name, String... namesAndTexts) {
        List<ConfigText> texts = new java.util.ArrayList<>();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            texts.add(ConfigText.of(name + "/" + namesAndTexts[i], namesAndTexts[i + 1]));
        }
        hosts.put(name, new HostFiles(name, texts));
    }

    private SiteImport read() {
        return SiteImport.of(List.copyOf(hosts.values()));
    }

    private void howTo(int numberOfRubyOnRuby) {
        host("crystal", "drbd.conf", DRBD, "cluster.conf", ocfs(1));
        host(
                "ruby",
                "drbd.conf",
                DRBD,
                "cluster.conf",
                ocfs(numberOfRubyOnRuby),
                "mdadm.conf",
                "ARRAY /dev/md0 level=raid1 num-devices=2 devices=/dev/etherd/e0.1,/dev/etherd/e1.1\n",
                "xen/web1.cfg",
                """
                name = "web1"
                memory = 512
                vcpus = 1
                disk = [ "phy:/dev/md0,xvda,w" ]
                vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]
                """);
        host("glouton", "vblade.conf.d/e01.conf", "shelf=0\nslot=1\nnetif=eth0\nfilename=/dev/sdb1\n");
        host("jade", "vblade.conf.d/e11.conf", "shelf=1\nslot=1\nnetif=eth0\nfilename=/dev/sdb1\n");
        host("boot", "dhcpd.conf", """
                subnet 10.0.0.0 netmask 255.255.255.0 { }
                host ruby { hardware ethernet 00:1e:00:00:00:19; fixed-address 10.0.0.19; }
                host web1 { hardware ethernet 00:16:3e:00:00:01; fixed-address 10.0.0.201; }
                """);
    }

    @Test
    void theListingsOfAnOldHowToBecomeASite() {
        howTo(1);
        SiteImport site = read();
        Model model = site.model();
        assertThat(model.get(new NodeId("glouton"))).containsInstanceOf(StorageNode.class);
        assertThat(model.get(new NodeId("ruby"))).containsInstanceOf(HardwareNode.class);
        assertThat(model.get(new NodeId("crystal"))).containsInstanceOf(StorageNode.class);
        assertThat(model.get(new NodeId("boot"))).containsInstanceOf(ConfigNode.class);
        // Its host entry bears the address of a guest, so it is no machine.
        assertThat(model.contains(new NodeId("web1"))).isFalse();

        DrbdVolume store = model.get(new LayerId("store"), DrbdVolume.class).orElseThrow();
        assertThat(store.replicas())
                .extracting(Replica::node)
                .containsExactly(new NodeId("ruby"), new NodeId("crystal"));
        assertThat(store.policy().verifyAlgorithm()).isEqualTo("md5");
        assertThat(store.policy().authentication().orElseThrow().secret()).isEqualTo("secrets/store");
        assertThat(store.policy().authentication().orElseThrow().secretBytes()).isEqualTo("password".length());
        assertThat(store.toString()).doesNotContain("password");
        assertThat(model.get(store.replicas().get(0).lower(), Disk.class)
                        .orElseThrow()
                        .device())
                .isEqualTo("/dev/sdb1");

        MdArray md = model.get(new LayerId("ruby-md0"), MdArray.class).orElseThrow();
        assertThat(md.members())
                .allSatisfy(member -> assertThat(model.get(member)).containsInstanceOf(AoeExport.class));
        Instance web = model.get(new InstanceId("web1"), Instance.class).orElseThrow();
        assertThat(web.volumes().get(0).layer()).isEqualTo(md.id());
        assertThat(web.memoryBytes()).isEqualTo(512L << 20);
        assertThat(model.get(new OcfsId("lab"), OcfsCluster.class).orElseThrow().members())
                .hasSize(2);

        // Every curly quote is told where it stands, and the corrected file is what was read.
        assertThat(site.findings())
                .anySatisfy(finding -> assertThat(finding.toString())
                        .startsWith("ruby/drbd.conf:3:")
                        .contains("U+201C"));
        assertThat(site.repaired().get("ruby/drbd.conf").text()).contains("shared-secret \"password\";");
        assertThat(site.repaired().get("crystal/cluster.conf").text()).contains("\tname = crystal\n");
        // The layout of the how-to is judged like any other: md5 is weak, and nothing is verified on a schedule.
        assertThat(Checked.of(model).findings())
                .extracting(finding -> finding.rule())
                .contains(Rule.PEERS_AUTHENTICATE, Rule.VERIFY_SCHEDULED)
                .doesNotContain(Rule.REFERENCES_RESOLVE);
    }

    @Test
    void oneArrayThatTwoMachinesAssembleIsOneArrayOnTwoHosts() {
        // The how-to's own layout: the same two exports, assembled on crystal and on ruby.
        String md = "ARRAY /dev/md%d level=raid1 num-devices=2 devices=/dev/etherd/%s,/dev/etherd/%s\n";
        host("crystal", "mdadm.conf", md.formatted(0, "e0.1", "e1.1"));
        host(
                "ruby",
                "mdadm.conf",
                md.formatted(7, "e1.1", "e0.1"),
                "a.cfg",
                "name = \"a\"\ndisk = [ \"phy:/dev/md7,xvda,w\" ]\n");
        host("glouton", "vblade.conf.d/e01.conf", "shelf=0\nslot=1\nnetif=eth0\nfilename=/dev/sdb1\n");
        host("jade", "vblade.conf.d/e11.conf", "shelf=1\nslot=1\nnetif=eth0\nfilename=/dev/sdb1\noptions='\u2013r'\n");
        SiteImport site = read();
        MdArray array = site.model().all(MdArray.class).get(0);
        assertThat(site.model().all(MdArray.class)).hasSize(1);
        assertThat(array.activeOn()).containsExactly(new NodeId("crystal"), new NodeId("ruby"));
        assertThat(site.model()
                        .get(new InstanceId("a"), Instance.class)
                        .orElseThrow()
                        .volumes()
                        .get(0)
                        .layer())
                .isEqualTo(array.id());
        assertThat(Checked.of(site.model()).findings())
                .filteredOn(finding -> finding.rule() == Rule.MD_ON_ONE_HOST)
                .singleElement()
                .satisfies(finding -> assertThat(finding.path()).contains(array.id()));
        // An en dash for a hyphen is repaired, and what the option says is taken.
        assertThat(site.repaired().get("jade/vblade.conf.d/e11.conf").text()).contains("options='-r'");
        assertThat(site.model()
                        .get(new LayerId("jade-e1.1"), AoeExport.class)
                        .orElseThrow()
                        .readOnly())
                .isTrue();
    }

    @Test
    void disksOfTheSameNameOnTwoMachinesAreNotOneArray() {
        String md = "ARRAY /dev/md0 level=raid1 num-devices=2 devices=/dev/sda,/dev/sdb%s\n";
        host("a", "mdadm.conf", md.formatted(""));
        host("b", "mdadm.conf", md.formatted(""));
        assertThat(read().model().all(MdArray.class))
                .extracting(MdArray::activeOn)
                .hasSize(2)
                .allMatch(on -> on.size() == 1);
        // One UUID is one array, whatever it seems to be made of.
        host("a", "mdadm.conf", md.formatted(" UUID=0f0e0d0c:0b0a0908:07060504:03020100"));
        host("b", "mdadm.conf", md.formatted(" UUID=0F0E0D0C:0B0A0908:07060504:03020100"));
        assertThat(read().model().all(MdArray.class))
                .singleElement()
                .extracting(array -> array.activeOn().size())
                .isEqualTo(2);
        assertThat(read().findings())
                .anySatisfy(
                        finding -> assertThat(finding.message()).startsWith("[node/a] and b disagree on layer/a-md0"));
    }

    @Test
    void aResourceKeepsItsMinorAndPort() {
        host("ruby", "drbd.conf", DRBD.replace("drbd0", "drbd5"));
        host("crystal", "drbd.conf", DRBD.replace("drbd0", "drbd5"));
        assertThat(read().model()
                        .get(new LayerId("store"), DrbdVolume.class)
                        .orElseThrow()
                        .numbers())
                .contains(new DrbdNumbers(5, 7788));
        host("ruby", "drbd.conf", DRBD.replaceFirst("drbd0", "drbd5"));
        host("crystal", "drbd.conf", DRBD.replaceFirst("drbd0", "drbd5"));
        SiteImport differs = read();
        assertThat(differs.model()
                        .get(new LayerId("store"), DrbdVolume.class)
                        .orElseThrow()
                        .numbers())
                .contains(new DrbdNumbers(0, 7789));
        assertThat(differs.findings())
                .anySatisfy(finding -> assertThat(finding.message())
                        .startsWith("layer/store has another minor or port on each machine"));
    }

    @Test
    void machinesThatDisagreeAreNamedWithTheField() {
        howTo(3);
        List<Diagnostic> found = read().findings().stream()
                .filter(finding -> finding.code().equals("import.disagree"))
                .toList();
        assertThat(found).singleElement().satisfies(finding -> {
            assertThat(finding.message()).isEqualTo("crystal and ruby disagree on number of ruby: 1 and 3");
            assertThat(finding.position().file()).isEqualTo("ruby/cluster.conf");
            assertThat(finding.position().line()).isEqualTo(13);
            assertThat(finding.isError()).isTrue();
        });
    }

    @Test
    void aResourceThatDiffersIsToldByWhatDiffers() {
        host("a", "drbd.conf", DRBD);
        host("b", "drbd.conf", DRBD.replace("verify-alg md5", "verify-alg sha1"));
        assertThat(read().findings())
                .anySatisfy(finding -> assertThat(finding.message())
                        .startsWith("layer/store is something else in another file: policy is ")
                        .doesNotContain("password"));
    }

    /** What the rules say of an import. */
    private static List<Rule> rules(SiteImport site) {
        return Checked.of(site.model()).findings().stream()
                .map(finding -> finding.rule())
                .distinct()
                .toList();
    }

    private static final String PAIR_DRBD = """
            resource cfg {
            protocol C;
            on cfg1 { device /dev/drbd0; disk /dev/sdb1; address 10.0.0.101:7788; meta-disk internal; }
            on cfg2 { device /dev/drbd0; disk /dev/sdb1; address 10.0.0.102:7788; meta-disk internal; }
            }
            """;

    @Test
    void aPairOfPacemakerIsTakenOver() {
        host(
                "cfg1",
                "drbd.conf",
                PAIR_DRBD,
                "corosync.conf",
                HaFiles.corosync(SampleSite.good(), new PairId("cfg")),
                "cib.xml",
                HaFiles.cib(SampleSite.good(), new PairId("cfg")));
        host("cfg2", "drbd.conf", PAIR_DRBD);
        SiteImport site = read();
        HaPair pair = site.model().get(new PairId("cfg"), HaPair.class).orElseThrow();
        assertThat(pair)
                .isEqualTo(new HaPair(
                        new PairId("cfg"),
                        new NodeId("cfg1"),
                        new NodeId("cfg2"),
                        Ipv4Address.parse("10.0.0.2"),
                        new LayerId("cfg"),
                        List.of(new FencerId("pdu")),
                        HaPair.Stack.COROSYNC_PACEMAKER));
        FencingDevice device =
                site.model().get(new FencerId("pdu"), FencingDevice.class).orElseThrow();
        assertThat(device.method()).isEqualTo("pdu");
        assertThat(device.reaches()).containsExactly(new NodeId("cfg1"), new NodeId("cfg2"));
        assertThat(site.model().get(new NodeId("cfg2"))).containsInstanceOf(ConfigNode.class);
        // Both answer boot requests as far as the files tell, and that is what rule 1 is against.
        assertThat(rules(site)).contains(Rule.ONE_BOOT_SERVER).doesNotContain(Rule.REFERENCES_RESOLVE);
    }

    @Test
    void aPairOfHeartbeatIsTakenOver() {
        String resources = "cfg1 drbddisk::cfg Filesystem::/dev/drbd0::/srv::ext3 IPaddr::10.0.0.2/24 dhcpd\n";
        String cf =
                "keepalive 2\ndeadtime 30\nbcast eth0\nauto_failback off\nstonith_host * apcmaster 10.0.0.9 apc apc\nnode cfg1 cfg2\n";
        for (String host : List.of("cfg1", "cfg2")) {
            host(host, "drbd.conf", PAIR_DRBD, "ha.cf", cf, "haresources", resources);
        }
        SiteImport site = read();
        HaPair pair = site.model().get(new PairId("cfg"), HaPair.class).orElseThrow();
        assertThat(pair.stack()).isEqualTo(HaPair.Stack.HEARTBEAT);
        assertThat(pair.serviceAddress()).hasToString("10.0.0.2");
        assertThat(pair.fencing()).containsExactly(new FencerId("apcmaster"));
        // Without its resources it is told what is missing, and nothing is made up.
        host("cfg1", "drbd.conf", PAIR_DRBD, "ha.cf", cf);
        host("cfg2", "drbd.conf", PAIR_DRBD, "ha.cf", cf);
        assertThat(read().model().all(HaPair.class)).isEmpty();
        assertThat(read().findings())
                .anySatisfy(finding -> assertThat(finding.message())
                        .contains("no file tells its service address", "no file tells its DRBD volume"));
    }

    @Test
    void whatAnExportsListAndAGuestsDisksSayIsTakenOver() {
        host(
                "store",
                "e91.conf",
                "shelf=9\nslot=1\nnetif=eth0\nfilename=/dev/sdb\noptions='-r -m 52:54:00:00:00:01,52:54:00:00:00:02'\n");
        host("h1", "web1.xml", """
                <domain type='kvm'><name>web1</name><memory unit='MiB'>512</memory><vcpu>1</vcpu>
                <os><type>hvm</type><boot dev='network'/><boot dev='hd'/></os>
                <devices>
                <disk type='block' device='disk'><driver name='qemu' cache='writeback'/>
                <source dev='/dev/etherd/e9.1'/><target dev='vda'/><readonly/></disk>
                </devices></domain>
                """, "web2.cfg", "name = \"web2\"\nmemory = 64\nboot = \"nc\"\ndisk = [ ]\n");
        SiteImport site = read();
        AoeExport export =
                site.model().get(new LayerId("store-e9.1"), AoeExport.class).orElseThrow();
        assertThat(export.readOnly()).isTrue();
        assertThat(export.access())
                .isEqualTo(new AoeExport.Access.StaticList(
                        List.of(MacAddress.parse("52:54:00:00:00:01"), MacAddress.parse("52:54:00:00:00:02"))));
        Instance web = site.model().get(new InstanceId("web1"), Instance.class).orElseThrow();
        assertThat(web.volumes()).containsExactly(new VolumeUse(export.id(), false, VolumeUse.Cache.WRITE_BACK));
        for (String guest : List.of("web1", "web2")) {
            assertThat(site.model()
                            .get(new InstanceId(guest), Instance.class)
                            .orElseThrow()
                            .boot())
                    .isEqualTo(new BootKind.NetworkBoot(new ProfileId("network")));
        }
        assertThat(rules(site)).doesNotContain(Rule.REFERENCES_RESOLVE);
    }

    @Test
    void theAddressOfAResourceGoesToAPortThatHasNone() {
        howTo(1);
        host("boot", "dhcpd.conf", """
                subnet 10.0.0.0 netmask 255.255.255.0 { }
                host ruby { hardware ethernet 00:1e:00:00:00:19; }
                """);
        SiteImport site = read();
        assertThat(site.model()
                        .get(new NodeId("ruby"), HardwareNode.class)
                        .orElseThrow()
                        .machine()
                        .nics())
                .singleElement()
                .satisfies(nic -> assertThat(nic.address()).contains(Ipv4Address.parse("10.0.0.19")));
        assertThat(site.findings())
                .extracting(Diagnostic::message)
                .contains("no file says which port of crystal has 10.0.0.18; the address is left out");
    }

    @Test
    void anImportOverwritesNothing() {
        Model site = SampleSite.good();
        SiteOperation.Import same = new SiteOperation.Import(site.all(Entity.class));
        assertThat(same.applyTo(site)).isEqualTo(site);
        Instance other = Instance.of("web1", 64, SampleSite.GIB);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SiteOperation.Import(List.of(other)).applyTo(site))
                .withMessage("an import adds and changes nothing, and these are there and differ: [instance/web1]");
    }

    @Test
    void whatNoFileSaysStandsInAndIsTold() {
        host("h", "a.cfg", "name = \"a\"\ndisk = [ \"phy:/dev/etherd/e9.9,xvda,w\" ]\n", "notes.txt", "call Bob");
        SiteImport site = read();
        assertThat(site.findings())
                .extracting(Diagnostic::message)
                .contains(
                        "is of no language that can be told, and is left out",
                        "/dev/etherd/e9.9 is served by no export that was read; a disk stands in",
                        "no file says how many processors and how much memory h has; 1 and 1 MiB stand in");
        assertThat(site.model().all(Instance.class)).hasSize(1);
        HostFiles twice = new HostFiles("h", List.of());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SiteImport.of(List.of(twice, twice)))
                .withMessageContaining("node/h");
    }
}
