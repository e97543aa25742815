package io.diskless.cluster.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observation;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JSON form is one text for one site, and loses nothing. */
class ClusterJsonTest {
    private static final String SEGMENT =
            "{\"id\":\"san\",\"mtu\":9000,\"speedMbps\":10000,\"type\":\"segment\",\"vlan\":0}";

    private static String document(String entity) {
        return "{\"desired\":[\n" + entity + "\n],\n\"observed\":[],\n\"revision\":0,\n\"schema\":1\n}\n";
    }

    private static Cluster site() {
        Observation.Evidence agent = new Observation.Evidence("agent", Instant.parse("2026-11-23T10:00:00Z"));
        return Cluster.of(SampleSite.good())
                .observe(nothing -> nothing.seen(Segment.of("san"), agent).absent(new NodeId("h2"), agent));
    }

    @Test
    void aSiteIsReadBackAsItWas() {
        String text = ClusterJson.write(site());
        ClusterFile file = ClusterJson.read("site.json", text);
        assertThat(file.cluster()).isEqualTo(site());
        assertThat(file.unknown()).isEmpty();
        assertThat(ClusterJson.write(file)).isEqualTo(text);
    }

    @Test
    void theFormIsFixed() {
        assertThat(ClusterJson.write(Cluster.of(Model.of(Segment.of("san"))))).isEqualTo(document(SEGMENT));
    }

    @Test
    void equalSitesAreEqualTextWhateverTheWay() {
        List<Entity> entities = new ArrayList<>(SampleSite.good().all(Entity.class));
        Collections.shuffle(entities, new Random(7));
        Model other = Model.of(entities.toArray(new Entity[0]));
        assertThat(ClusterJson.write(Cluster.of(other))).isEqualTo(ClusterJson.write(Cluster.of(SampleSite.good())));
    }

    @Test
    void fieldsAndSpacesInAnotherOrderAreRead() {
        String loose =
                "{ \"schema\": 1, \"revision\": 0, \"observed\": [], \"desired\": [ { \"type\": \"segment\", \"vlan\": 0,"
                        + " \"id\": \"san\", \"speedMbps\": 10000, \"mtu\": 9000 } ] }";
        assertThat(ClusterJson.write(ClusterJson.read("x", loose))).isEqualTo(document(SEGMENT));
    }

    @Test
    void volumesOfAnOlderDocumentAreGivenNumbersOnceAndKeepThem() {
        String now = ClusterJson.write(Cluster.of(SampleSite.good()));
        String old = now.replaceAll("\"numbers\":\\{[^}]*},", "");
        assertThat(old).doesNotContain("numbers").isNotEqualTo(now);
        Cluster read = ClusterJson.read("old.json", old).cluster();
        assertThat(ClusterJson.write(read)).isEqualTo(now);
        Model more = read.desired()
                .with(DrbdVolume.of(
                        "aaa",
                        DrbdPolicy.of("secrets/aaa"),
                        Replica.of("s1", 0, "s1-root"),
                        Replica.of("s2", 1, "s2-root")));
        Model again = ClusterJson.read("new.json", ClusterJson.write(Cluster.of(more)))
                .cluster()
                .desired();
        for (DrbdVolume volume : read.desired().all(DrbdVolume.class)) {
            assertThat(again.get(volume.id())).contains(volume);
        }
        assertThat(again.get(new LayerId("aaa"), DrbdVolume.class).orElseThrow().numbers())
                .contains(new DrbdNumbers(3, 7792));
    }

    @Test
    void unknownFieldsAreWrittenBackWhereTheyStood() {
        String nic = ClusterJson.write(Cluster.of(SampleSite.good()))
                .replaceFirst("\"mac\":", "\"colour\":{\"a\":[1,2.50,null,true]},\"mac\":")
                .replaceFirst("\\{\"id\":\"lan\",", "{\"Note\":\"x/y\",\"id\":\"lan\",")
                .replaceFirst("\"schema\":1", "\"schema\":1,\n\"tool\":\"other\"");
        ClusterFile file = ClusterJson.read("site.json", nic);
        assertThat(file.unknown())
                .hasSize(3)
                .containsEntry("tool", "\"other\"")
                .containsEntry("desired/segment/lan/Note", "\"x/y\"");
        assertThat(file.unknown().keySet()).anyMatch(place -> place.endsWith("machine/nics/0/colour"));
        assertThat(ClusterJson.write(file)).isEqualTo(nic);
        // A change elsewhere keeps them; what goes takes its own with it.
        Cluster changed = file.cluster().desire(model -> model.with(Segment.of("more")));
        assertThat(ClusterJson.write(file.with(changed))).contains("\"colour\"", "\"Note\"", "\"tool\"");
        Cluster empty = file.cluster().desire(model -> Model.empty());
        assertThat(ClusterJson.write(file.with(empty)))
                .doesNotContain("\"colour\"")
                .contains("\"tool\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "{\"id\":\"san\",\"mtu\":9000,\"speedMbps\":10000,\"type\":\"segment\"}|2:1|has no field \"vlan\"",
                "{\"id\":\"san\",\"mtu\":9000,\"speedMbps\":1.5,\"type\":\"segment\",\"vlan\":0}|2:36|expected a whole number",
                "{\"id\":\"san\",\"mtu\":9,\"speedMbps\":1,\"type\":\"segment\",\"vlan\":0}|2:1|MTU of 68 to 65535",
                "{\"id\":\"s n\",\"mtu\":9000,\"speedMbps\":1,\"type\":\"segment\",\"vlan\":0}|2:7|a name is 1 to 64",
                "{\"id\":\"san\",\"type\":\"segmnt\"}|2:20|expected one of config-node",
                "{\"id\":\"san\",\"mtu\":9000,\"mtu\":9000}|2:|Duplicate field",
                "{\"id\":\"san\"}|2:1|has no type",
                "7|2:1|expected objects",
                "{\"id\":|3:1|"
            })
    void aWrongDocumentIsToldWithItsPlace(String entity, String place, String message) {
        assertThatThrownBy(() -> ClusterJson.read("site.json", document(entity)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("site.json:" + place)
                .hasMessageContaining(message == null ? "" : message);
    }

    @Test
    void whatIsNoDocumentIsRefused() {
        for (String wrong : List.of(
                "",
                "[]",
                "{}",
                "{\"schema\":2}",
                "{\"schema\":1} x",
                "{\"schema\":1,\"desired\":7}",
                document(SEGMENT + "," + SEGMENT))) {
            assertThatThrownBy(() -> ClusterJson.read("site.json", wrong))
                    .as("%s", wrong)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("site.json:");
        }
        assertThat(ClusterJson.read("x", "{\"schema\":1}").cluster()).isEqualTo(Cluster.of(Model.empty()));
    }

    @Test
    void theSchemaNamesEveryFieldThatIsWritten() {
        String schema = ClusterJson.schema();
        for (String name : List.of(
                "desired", "observed", "servesBoot", "cpuBaseline", "failsafe", "dualPrimary", "cluster-file-system")) {
            assertThat(schema.contains("\"" + name + "\"")).as(name).isEqualTo(!name.equals("failsafe"));
        }
        assertThat(schema)
                .contains("https://json-schema.org/draft/2020-12/schema")
                .endsWith("}\n");
    }
}
