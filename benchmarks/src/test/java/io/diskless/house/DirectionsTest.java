package io.diskless.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The directions of the house: who may know whom. A rule that finds no class to look at fails by itself. */
class DirectionsTest {
    // Test kits are for tests: they may see JUnit, and stand beside the classes as a folder or as a jar.
    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("testkit"))
            .importPackages("io.diskless");

    private static void holds(ArchRule rule) {
        rule.check(HOUSE);
    }

    @Test
    void theModelKnowsNobodyAboveIt() {
        holds(noClasses()
                .that()
                .resideInAPackage("io.diskless.cluster..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.diskless.aoe..",
                        "io.diskless.drbd..",
                        "io.diskless.netboot..",
                        "io.diskless.node..",
                        "io.diskless.benchmarks.."));
    }

    @Test
    void nodesStandAboveTheProtocolsAndBelowTheLab() {
        holds(noClasses()
                .that()
                .resideInAPackage("io.diskless.node..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.diskless.benchmarks..", "io.diskless.store.."));
    }

    @Test
    void theModelHasNoRuntimeDependency() {
        holds(classes()
                .that()
                .resideInAPackage("io.diskless.cluster..")
                .and()
                .resideOutsideOfPackages(
                        "io.diskless.cluster.internal.linux..",
                        "io.diskless.cluster.json..",
                        "io.diskless.cluster.cli..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "jdk.jfr..", "org.jspecify..", "io.diskless.cluster.."));
        // Without the optional parts a site can still be built, checked and changed: nothing but the store and the
        // command line needs JSON.
        holds(noClasses()
                .that()
                .resideInAPackage("io.diskless.cluster..")
                .and()
                .resideOutsideOfPackages(
                        "io.diskless.cluster.json..", "io.diskless.cluster.store..", "io.diskless.cluster.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.diskless.cluster.json..", "io.diskless.cluster.cli.."));
    }

    @Test
    void theModelStandsBelowItsRules() {
        holds(noClasses()
                .that()
                .resideInAnyPackage("io.diskless.cluster.model..", "io.diskless.cluster.conf..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.diskless.cluster.rules.."));
    }

    @Test
    void protocolsDoNotKnowEachOther() {
        List<String> all = List.of("io.diskless.aoe..", "io.diskless.drbd..", "io.diskless.netboot..");
        for (String one : all) {
            holds(noClasses()
                    .that()
                    .resideInAPackage(one)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            Stream.concat(all.stream(), Stream.of("io.diskless.node..", "io.diskless.benchmarks.."))
                                    .filter(other -> !other.equals(one))
                                    .toArray(String[]::new)));
        }
    }

    @Test
    void targetAndInitiatorDoNotKnowEachOther() {
        for (List<String> pair : List.of(
                List.of("io.diskless.aoe.target..", "io.diskless.aoe.initiator.."),
                List.of("io.diskless.aoe.initiator..", "io.diskless.aoe.target.."))) {
            holds(noClasses()
                    .that()
                    .resideInAPackage(pair.get(0))
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(pair.get(1)));
        }
    }

    @Test
    void theWireKnowsNoLinkAndTheLinkNoTargetOrInitiator() {
        holds(noClasses()
                .that()
                .resideInAnyPackage("io.diskless.aoe.wire..", "io.diskless.aoe.ata..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.diskless.aoe.link..", "io.diskless.aoe.target..", "io.diskless.aoe.initiator.."));
        holds(noClasses()
                .that()
                .resideInAPackage("io.diskless.aoe.link..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.diskless.aoe.target..", "io.diskless.aoe.initiator..", "io.diskless.aoe.cli.."));
    }

    @Test
    void packagesOfAnArtifactFormNoCircle() {
        // Slices are packages below an artifact with what lies below them: aoe.wire, aoe.link, cluster.block, ...
        holds(slices().matching("io.diskless.(*).(*)..").should().beFreeOfCycles());
        holds(noClasses()
                .that()
                .resideInAnyPackage("io.diskless.cluster.block", "io.diskless.cluster.block.internal")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.diskless.cluster.block.mirror.."));
    }

    @Test
    void nativeCallsLiveInInternalLinuxOnly() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackages("io.diskless..internal.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna.."));
    }

    @Test
    void nobodyPrintsButCommandLines() {
        holds(noClasses()
                .that()
                .resideInAnyPackage("io.diskless.cluster..", "io.diskless.aoe..", "io.diskless.node..")
                .and()
                .resideOutsideOfPackages("io.diskless..cli..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err"));
    }

    @Test
    void whatIsWrittenDoesNotDependOnTheMachinesLanguage() {
        holds(noClasses()
                .that()
                .resideInAnyPackage("io.diskless.cluster..", "io.diskless.store..", "io.diskless.node..")
                .should()
                .callMethod(String.class, "format", String.class, Object[].class)
                .orShould()
                .callMethod(String.class, "formatted", Object[].class));
    }
}
