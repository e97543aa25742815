package io.diskless.benchmarks.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Table, JSON and picture of one good and one bad result. */
class ReportTest {
    @Test
    void aResultIsGoodOnlyWithProofsThatAllHoldAndAnOrderlyEnd() {
        LabResult good = Samples.good();
        assertThat(good.good()).isTrue();
        assertThat(Samples.bad().good()).isFalse();
        LabResult withoutProofs = new LabResult(
                good.ethernet(),
                good.real(),
                good.remark(),
                good.mtu(),
                good.seed(),
                good.image(),
                good.imageBytes(),
                good.loadBytes(),
                good.victim(),
                good.stages(),
                good.figures(),
                good.nodes(),
                List.of(),
                good.failure(),
                good.seconds());
        assertThat(withoutProofs.good()).isFalse();
    }

    @Test
    void theTableTellsEveryStageFigureAndProof() {
        String table = String.join("\n", new Table(Samples.good(), Glyphs.ASCII).lines());
        assertThat(table)
                .contains("image copy", "jade is dead", "12 903", "52.9", "402 us", "811 ms")
                .contains("812 ms from the kill of jade")
                .contains("1.93 s from its return until both legs were the same, 15.5 MiB copied")
                .contains("37 of 200 123 AoE requests")
                .contains("ok nothing was lost: 6 of 6 proofs hold");
        assertThat(table.chars()).allMatch(c -> c < 128);
    }

    @Test
    void theTableOfABadRunSaysWhatIsWrong() {
        String table = String.join("\n", new Table(Samples.bad(), Glyphs.ASCII).lines());
        assertThat(table)
                .contains("failover             not reached")
                .contains("expected sha256 9f86d081884c7d65, got sha256 60303ae22b998861")
                .contains("FAIL jade did not answer within 20 s")
                .contains("NOT PROVEN: 1 of 2 proofs hold, and the run ended early")
                .doesNotContain("nothing was lost");
    }

    @Test
    void theJsonIsOneObjectWithTheVerdictFirst() throws Exception {
        try (JsonParser json = new JsonFactory().createParser(JsonReport.of(Samples.bad()))) {
            json.nextToken();
            assertThat(json.nextFieldName()).isEqualTo("good");
            assertThat(json.nextBooleanValue()).isFalse();
            assertThat(json.nextFieldName()).isEqualTo("failure");
            assertThat(json.nextTextValue()).isEqualTo("jade did not answer within 20 s");
            while (json.nextToken() != null) {
                // To the end: a broken object throws.
            }
        }
    }

    @Test
    void thePictureIsWellFormedTheSameEachTimeAndKeepsItsWordsInside() throws Exception {
        for (LabResult result : new LabResult[] {Samples.good(), Samples.bad()}) {
            String svg = SitePicture.of(result);
            assertThat(SitePicture.of(result)).isEqualTo(svg);
            assertThat(svg).contains("prefers-color-scheme: dark");
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            Document document = factory.newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
            double height = Double.parseDouble(document.getDocumentElement().getAttribute("height"));
            NodeList texts = document.getElementsByTagName("text");
            assertThat(texts.getLength()).isGreaterThan(10);
            for (int i = 0; i < texts.getLength(); i++) {
                Element text = (Element) texts.item(i);
                assertThat(Double.parseDouble(text.getAttribute("y"))).isBetween(0.0, height);
            }
            Path file = Path.of("target", result.good() ? "sample-good.svg" : "sample-bad.svg");
            Files.writeString(file, svg);
        }
    }

    @Test
    void theLocaleChoosesTheSigns() {
        assertThat(Glyphs.of(Map.of("LANG", "de_DE.UTF-8"))).isSameAs(Glyphs.UNICODE);
        assertThat(Glyphs.of(Map.of("LANG", "de_DE.UTF-8", "LC_ALL", "C"))).isSameAs(Glyphs.ASCII);
        assertThat(Glyphs.of(Map.of("LC_ALL", "", "LC_CTYPE", "C.utf8"))).isSameAs(Glyphs.UNICODE);
        assertThat(Glyphs.of(Map.of())).isSameAs(Glyphs.ASCII);
    }
}
