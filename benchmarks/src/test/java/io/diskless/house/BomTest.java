package io.diskless.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The published form of the root POM manages our artifacts and nothing else. */
class BomTest {
    private static Document read(String path) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(Path.of("..", path).toFile());
    }

    private static List<String> managed(Document pom) {
        List<String> managed = new ArrayList<>();
        NodeList sections = pom.getElementsByTagName("dependencyManagement");
        for (int i = 0; i < sections.getLength(); i++) {
            NodeList dependencies = ((Element) sections.item(i)).getElementsByTagName("dependency");
            for (int j = 0; j < dependencies.getLength(); j++) {
                Element dependency = (Element) dependencies.item(j);
                managed.add(text(dependency, "groupId") + ":" + text(dependency, "artifactId") + ":"
                        + (dependency.getElementsByTagName("classifier").getLength() == 0
                                ? ""
                                : text(dependency, "classifier") + ":")
                        + text(dependency, "version"));
            }
        }
        return managed;
    }

    private static String text(Element parent, String name) {
        return parent.getElementsByTagName(name).item(0).getTextContent();
    }

    @Test
    void theRootIsABomOfOurArtifactsOnly() throws Exception {
        String version = System.getProperty("diskless.version");
        assertThat(managed(read("target/flattened-pom.xml")))
                .containsExactlyInAnyOrder(
                        "io.diskless:diskless-cluster-model:" + version,
                        "io.diskless:diskless-cluster-model:testkit:" + version,
                        "io.diskless:diskless-aoe:testkit:" + version,
                        "io.diskless:diskless-aoe:" + version,
                        "io.diskless:diskless-drbd-proto:" + version,
                        "io.diskless:diskless-netboot:" + version,
                        "io.diskless:diskless-store-zookeeper:" + version,
                        "io.diskless:diskless-node:" + version);
    }

    @Test
    void anArtifactLeaksNoManagementAndNoParent() throws Exception {
        for (String module : List.of("cluster-model", "aoe", "cluster-model/node")) {
            Document pom = read(module + "/target/flattened-pom.xml");
            assertThat(managed(pom)).as(module).isEmpty();
            assertThat(pom.getElementsByTagName("parent").getLength())
                    .as(module)
                    .isZero();
        }
    }
}
