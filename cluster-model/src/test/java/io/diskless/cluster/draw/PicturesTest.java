package io.diskless.cluster.draw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import java.io.StringReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What the pictures say, and that their boxes do not lie on each other. */
class PicturesTest {
    private static final InstanceId WEB = new InstanceId("web1");

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    private static double[] rectangle(Element rect) {
        double[] r = new double[4];
        String[] names = {"x", "y", "width", "height"};
        for (int i = 0; i < 4; i++) {
            r[i] = Double.parseDouble(rect.getAttribute(names[i]));
        }
        return r;
    }

    private static Box box(Picture picture, String id) {
        return picture.boxes().stream()
                .filter(b -> b.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** A site with many machines and guests. */
    private static Model big() {
        List<Entity> more = new ArrayList<>();
        for (int i = 3; i < 40; i++) {
            String name = "h" + i;
            Machine machine = Machine.of(
                            name,
                            Nic.of("eth0", String.format("52:54:00:a0:01:%02x", i), "lan"),
                            Nic.of("eth1", String.format("52:54:00:a1:01:%02x", i), "san"))
                    .in("r" + i % 4, "p" + i % 4, "s" + i % 4);
            more.add(HardwareNode.of(machine, "h1-root", "linux", 16, 64 * SampleSite.GIB));
            more.add(Instance.of("guest" + i, 1, SampleSite.GIB, "web1").on(name));
        }
        return SampleSite.good().with(more);
    }

    @Test
    void everySvgIsWellFormedAndNoBoxLiesOnAnother() throws Exception {
        for (Picture picture : List.of(
                Pictures.site(SampleSite.good()),
                Pictures.site(big()),
                Pictures.storagePath(SampleSite.good(), WEB),
                Pictures.difference(Model.empty(), SampleSite.good()),
                Pictures.difference(SampleSite.good(), big()),
                Pictures.site(Model.empty()))) {
            Document svg = parse(picture.svg());
            double width = Double.parseDouble(svg.getDocumentElement().getAttribute("width"));
            double height = Double.parseDouble(svg.getDocumentElement().getAttribute("height"));
            NodeList all = svg.getElementsByTagName("rect");
            List<double[]> boxes = new ArrayList<>();
            for (int i = 1; i < all.getLength(); i++) {
                boxes.add(rectangle((Element) all.item(i)));
            }
            assertThat(boxes).hasSameSizeAs(picture.boxes());
            for (int i = 0; i < boxes.size(); i++) {
                double[] a = boxes.get(i);
                assertThat(a[0]).isNotNegative();
                assertThat(a[0] + a[2]).isLessThanOrEqualTo(width);
                assertThat(a[1] + a[3]).isLessThanOrEqualTo(height);
                for (double[] b : boxes.subList(i + 1, boxes.size())) {
                    boolean apart =
                            a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
                    assertThat(apart)
                            .as("%s: two boxes overlap", picture.title())
                            .isTrue();
                }
            }
        }
    }

    @Test
    void equalModelsMakeEqualPictures() {
        List<Entity> entities = new ArrayList<>(big().all(Entity.class));
        String once = Pictures.site(big()).svg();
        java.util.Collections.reverse(entities);
        Model same = Model.empty().with(entities);
        assertThat(Pictures.site(same).svg()).isEqualTo(once);
        assertThat(Pictures.storagePath(same, WEB).svg())
                .isEqualTo(Pictures.storagePath(big(), WEB).svg());
    }

    @Test
    void theSiteShowsMachinesSegmentsAndGuests() {
        Picture site = Pictures.site(SampleSite.good());
        assertThat(site.title()).isEqualTo("Site: 2 ConfigNodes, 2 StorageNodes, 2 HardwareNodes, 1 guest");
        assertThat(box(site, "node/cfg1").lines()).contains("ConfigNode, ready, serves boot", "rack r1");
        assertThat(box(site, "node/s1").lines()).contains("4 disks, 3 exports");
        assertThat(box(site, "node/h1").lines()).contains("16 CPUs, 64 GiB", "- web1, 4 GiB");
        assertThat(site.links()).hasSize(12);
        Picture many = Pictures.site(big());
        assertThat(box(many, "HardwareNode rack r1").lines())
                .containsExactly("rack r1", "10 HardwareNodes", "10 guests");
    }

    @Test
    void thePathSaysWhatMayStillFail() {
        Model good = SampleSite.good();
        Picture path = Pictures.storagePath(good, WEB);
        assertThat(path.notes()).containsExactly("web1 survives the loss of any one of s1, s2");
        assertThat(box(path, "layer/web1").tone()).isEqualTo(Tone.GOOD);
        assertThat(box(path, "layer/web1-e1").tone()).isEqualTo(Tone.WARN);
        assertThat(path.boxes()).hasSize(7);

        StorageNode s2 = good.get(new NodeId("s2"), StorageNode.class).orElseThrow();
        Model oneLost = good.with(s2.lifecycle(new Lifecycle.Lost(Instant.EPOCH, "no answer")));
        Picture left = Pictures.storagePath(oneLost, WEB);
        assertThat(left.notes()).containsExactly("web1 ends with the loss of s1");
        assertThat(box(left, "layer/web1").tone()).isEqualTo(Tone.WARN);
        assertThat(box(left, "layer/web1-e2").tone()).isEqualTo(Tone.BAD);

        DrbdVolume volume = good.get(new LayerId("web1-r"), DrbdVolume.class).orElseThrow();
        List<Replica> old = volume.replicas().stream()
                .map(r -> r.node().name().equals("s1") ? r.state(Replica.State.OUTDATED) : r)
                .toList();
        Picture gone = Pictures.storagePath(oneLost.with(volume.replicas(old)), WEB);
        assertThat(gone.notes()).containsExactly("web1 does not work now");
        assertThat(box(gone, "instance/web1").tone()).isEqualTo(Tone.BAD);
        assertThat(gone.dot()).contains("s1, primary, outdated");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pictures.storagePath(good, new InstanceId("nobody")))
                .withMessageContaining("instance/nobody");
    }

    @Test
    void aDifferenceShowsFieldsAndNeighbours() {
        Model before = SampleSite.good();
        Model after = new Operation.StartInstance(WEB, new NodeId("h2"))
                .applyTo(before)
                .without(new LayerId("web1-e2"))
                .with(DrbdVolume.of("new", DrbdPolicy.of("secrets/new"), Replica.of("s1", 0, "s1-root")));
        Picture picture = Pictures.difference(before, after);
        assertThat(picture.notes()).containsExactly("1 new, 1 gone, 1 changed");
        assertThat(box(picture, "instance/web1").lines())
                .containsExactly("~ instance/web1", "placement:", "  On[node=node/h1]", "  -> On[node=node/h2]");
        assertThat(box(picture, "layer/web1-e2").tone()).isEqualTo(Tone.BAD);
        assertThat(box(picture, "layer/new").tone()).isEqualTo(Tone.GOOD);
        assertThat(box(picture, "node/s1").tone()).isEqualTo(Tone.QUIET);
        assertThat(picture.links())
                .contains(
                        new Link("instance/web1", "node/h1", "", Tone.BAD, true),
                        new Link("instance/web1", "node/h2", "", Tone.GOOD, false));
        assertThat(Pictures.difference(before, before).title()).isEqualTo("Nothing differs");
    }

    @Test
    void dotAndMermaidQuoteWhatTheirLanguagesMean() {
        Picture odd = new Picture(
                "it's \"odd\"",
                List.of(),
                List.of(
                        new Box("end", -1, Tone.GOOD, List.of("a \"b\" <c> & \\d", "x")),
                        new Box("2", -1, Tone.BAD, List.of("y"))),
                List.of(new Link("end", "2", "1 > 0", Tone.WARN, true)));
        assertThat(odd.dot())
                .contains("label=\"it's \\\"odd\\\"\"", "[label=\"a \\\"b\\\" <c> & \\\\d\\nx\"", "style=dashed");
        assertThat(odd.mermaid())
                .startsWith("---\ntitle: 'it''s \"odd\"'\n---\nflowchart TD\n")
                .contains("b0[\"a #quot;b#quot; #lt;c#gt; #amp; \\d<br/>x\"]:::good\n", "b0 -.-|\"1 #gt; 0\"| b1\n");
        assertThat(odd.svg()).contains("a &quot;b&quot; &lt;c&gt; &amp; \\d");
    }

    @Test
    void aCircleIsDrawnTooAndAPictureIsChecked() throws Exception {
        Box a = new Box("a", -1, Tone.PLAIN, List.of("a"));
        Box b = new Box("b", -1, Tone.PLAIN, List.of("b"));
        Box c = new Box("c", -1, Tone.PLAIN, List.of("c"));
        Picture circle = new Picture(
                "circle",
                List.of(),
                List.of(a, b, c),
                List.of(Link.of("a", "b"), Link.of("b", "c"), Link.of("c", "a")));
        assertThat(parse(circle.svg()).getElementsByTagName("path").getLength()).isEqualTo(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Picture("t", List.of(), List.of(a, a), List.of()))
                .withMessageContaining("two boxes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Picture("t", List.of(), List.of(a), List.of(Link.of("a", "z"))))
                .withMessageContaining("not there");
    }
}
