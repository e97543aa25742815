package io.diskless.cluster.draw;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.SamplePlans;
import io.diskless.cluster.plan.Step;
import io.diskless.cluster.plan.proof.CounterExample;
import io.diskless.cluster.plan.proof.Failure;
import io.diskless.cluster.plan.proof.Proof;
import io.diskless.cluster.plan.proof.ProofOptions;
import io.diskless.cluster.plan.proof.Prover;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Plans as lanes, and as a page that steps through them. */
class PlanPicturesTest {
    static List<String> plans() {
        return List.copyOf(SamplePlans.all().keySet());
    }

    private static Plan plan(String name) {
        return SamplePlans.all().get(name).plan().orElseThrow();
    }

    private static double number(Element element, String attribute) {
        return Double.parseDouble(element.getAttribute(attribute));
    }

    /** The rectangle of each step: left, upper, right, lower edge. */
    private static Map<Integer, double[]> bars(String svg) throws Exception {
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        Map<Integer, double[]> bars = new HashMap<>();
        NodeList groups = document.getElementsByTagName("g");
        for (int i = 0; i < groups.getLength(); i++) {
            Element group = (Element) groups.item(i);
            Element rect = (Element) group.getElementsByTagName("rect").item(0);
            double x = number(rect, "x");
            double y = number(rect, "y");
            double[] edges = {x, y, x + number(rect, "width"), y + number(rect, "height")};
            assertThat(edges[2]).isLessThanOrEqualTo(number(document.getDocumentElement(), "width"));
            assertThat(edges[3]).isLessThanOrEqualTo(number(document.getDocumentElement(), "height"));
            bars.put(Integer.parseInt(group.getAttribute("class").replace("step step-", "")), edges);
        }
        return bars;
    }

    @ParameterizedTest
    @MethodSource("plans")
    void everyStepHasABarRightOfWhatItComesAfter(String name) throws Exception {
        Plan plan = plan(name);
        Map<Integer, double[]> bars = bars(Pictures.plan(plan).svg());
        assertThat(bars).hasSameSizeAs(plan.steps());
        for (Step step : plan.steps()) {
            double[] bar = bars.get(step.number());
            for (int before : step.after()) {
                assertThat(bars.get(before)[2])
                        .as("%s after %s", step, plan.step(before))
                        .isLessThan(bar[0]);
            }
            for (Step other : plan.steps().subList(step.number(), plan.steps().size())) {
                double[] b = bars.get(other.number());
                boolean apart = bar[2] <= b[0] || b[2] <= bar[0] || bar[3] <= b[1] || b[3] <= bar[1];
                assertThat(apart).as("%s and %s lie on each other", step, other).isTrue();
            }
        }
        assertThat(Pictures.plan(plan).svg())
                .isEqualTo(Pictures.plan(plan(name)).svg());
    }

    @Test
    void lanesAreMachinesInAllThreeForms() {
        PlanChart drain = Pictures.plan(plan("drain storage"));
        assertThat(drain.lanes().keySet()).containsExactly("s1", "s2");
        assertThat(drain.svg())
                .contains(
                        ">s1</text>",
                        ">s2</text>",
                        "steps, estimated to take ",
                        "web1: pause of ",
                        "<g class=\"step step-1\">");
        assertThat(drain.dot())
                .startsWith("digraph plan {")
                .contains("subgraph \"cluster_s2\" {", "s1 [label=\"1 ", "s1 -> s");
        assertThat(drain.mermaid())
                .contains(
                        "flowchart LR\n  subgraph lane0[\"s1\"]\n",
                        "  subgraph lane1[\"s2\"]\n",
                        "  s1 --> s",
                        "classDef warn ");
        assertThat(Pictures.plan(new Plan(SampleSite.good(), List.of(), List.of(), List.of(), 1, 0))
                        .svg())
                .contains("Nothing to do");
    }

    /** A guest whose cache the other host cannot see migrates: the rule is broken after two steps. */
    private static CounterExample cached() {
        Instance guest =
                SamplePlans.site().get(SamplePlans.WEB1, Instance.class).orElseThrow();
        Model site = SamplePlans.site()
                .with(guest.volumes(List.of(new VolumeUse(new LayerId("web1"), true, VolumeUse.Cache.WRITE_BACK))));
        Plan plan = new SamplePlans.Sample(
                        site, List.of(new GuestOperation.LiveMigrate(SamplePlans.WEB1, SamplePlans.H2)))
                .plan()
                .orElseThrow();
        return ((Proof.Refuted) Prover.prove(plan, ProofOptions.standard())).example();
    }

    @Test
    void aCounterExampleLeadsFromTheSiteToTheRuleAndToWhatItIsAbout() throws Exception {
        CounterExample example = cached();
        Picture picture = Pictures.counterExample(example);
        assertThat(picture.boxes())
                .extracting(Box::id)
                .startsWith("begin", "step1", "step2", "wrong0")
                .contains("instance/web1");
        assertThat(picture.links())
                .extracting(link -> link.from() + " " + link.to())
                .contains("begin step1", "step1 step2", "step2 wrong0", "wrong0 instance/web1");
        assertThat(picture.boxes())
                .filteredOn(box -> box.tone() == Tone.BAD)
                .singleElement()
                .satisfies(box -> assertThat(String.join(" ", box.lines()))
                        .contains(
                                "rule 13 migration-possible",
                                example.findings().get(0).cause(),
                                "repair: "));
        String svg = picture.svg();
        assertThat(DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(svg)))
                        .getElementsByTagName("rect")
                        .getLength())
                .isGreaterThan(picture.boxes().size());
        assertThat(svg).contains("How the plan goes wrong", "after 2 steps of ", "prefers-color-scheme: dark");
        assertThat(picture.dot()).contains("\"step2\" -> \"wrong0\"");
        assertThat(picture.mermaid()).contains("flowchart TD", "rule 13 migration-possible");
        assertThat(Pictures.counterExample(cached()).svg()).isEqualTo(svg);
    }

    @Test
    void aFailureOnTheWayStandsBeforeWhatIsWrongAndALongWayIsShortened() {
        Plan plan = plan("drain storage");
        List<Integer> order = plan.steps().stream().map(Step::number).toList();
        assertThat(order).hasSizeGreaterThan(12);
        CounterExample example = new CounterExample(
                plan,
                order,
                Optional.of(new Failure.LeaseEnded(7)),
                plan.end(),
                List.of(),
                List.of("nothing leads on"));
        Picture picture = Pictures.counterExample(example);
        assertThat(picture.boxes()).extracting(Box::id).contains("between", "failure", "obstacle0");
        assertThat(picture.boxes()).hasSize(1 + 12 + 1 + 1 + 1);
        assertThat(picture.links())
                .extracting(link -> link.from() + " " + link.to())
                .contains("failure obstacle0");
    }

    @Test
    void aPlansBeginningAndEndAreOnePicture() {
        Plan plan = plan("drain storage");
        Picture picture = Pictures.change(plan);
        assertThat(picture.notes().get(0)).contains("0 new, 0 gone, ");
        assertThat(picture.notes()).anyMatch(note -> note.startsWith("web1: pause of "));
        assertThat(picture.boxes())
                .filteredOn(box -> box.id().equals("layer/web1-r"))
                .singleElement()
                .satisfies(box -> assertThat(box.lines())
                        .containsSubsequence(
                                "~ layer/web1-r",
                                "replicas 0 primary:",
                                "  true",
                                "  -> false",
                                "replicas 1 primary:",
                                "  false",
                                "  -> true"));
    }

    @Test
    void thePageHoldsEverythingAndFetchesNothing() {
        Plan plan = plan("drain storage");
        String page = Pictures.page(plan, Prover.prove(plan, ProofOptions.standard()));
        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .contains("default-src 'none'", "Proved: every rule holds for all ", "prefers-color-scheme: dark")
                .doesNotContain("<link", "@import", "url(", "src=");
        // The one address in it is the name of SVG.
        Matcher address = Pattern.compile("https?://[^\"' ]+").matcher(page);
        List<String> addresses = new ArrayList<>();
        while (address.find()) {
            addresses.add(address.group());
        }
        assertThat(addresses).containsOnly("http://www.w3.org/2000/svg");
        for (Step step : plan.steps()) {
            assertThat(page).contains("<section data-step=\"" + step.number() + "\">\n<h2>Step " + step + "</h2>");
            assertThat(page).contains(plan.key(step));
        }
        assertThat(page)
                .contains(
                        "<section data-step=\"0\">",
                        "<section data-step=\"" + (plan.steps().size() + 1) + "\">");
        assertThat(page).isEqualTo(Pictures.page(plan, Prover.prove(plan, ProofOptions.standard())));
    }

    @Test
    void thePageOfARefutedPlanShowsTheWay() {
        Plan plan = Planner.plan(
                        Cluster.of(SampleSite.good()
                                .with(Instance.of("big", 2, 62L << 30).on("h2"))),
                        List.of(new GuestOperation.LiveMigrate(SamplePlans.WEB1, SamplePlans.H2)),
                        SamplePlans.POLICY)
                .orElseThrow();
        Proof proof = Prover.prove(plan, ProofOptions.standard());
        assertThat(proof.isProved()).isFalse();
        assertThat(Pictures.page(plan, proof))
                .contains("It goes wrong after these steps: 1, 2", "guests take 67584 MiB of 65536 MiB");
    }
}
