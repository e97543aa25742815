package io.diskless.cluster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.operation.SiteOperation;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Policy;
import io.diskless.cluster.plan.proof.Proof;
import io.diskless.cluster.plan.proof.ProofOptions;
import io.diskless.cluster.plan.proof.Prover;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest {
    @TempDir
    Path folder;

    private static Model wish(ClusterStore store, String who, String why, Operation operation) throws StoreException {
        Cluster now = store.read();
        Model next = operation.applyTo(now.desired());
        store.append(now.revision(), Optional.empty(), Proposal.wish(who, why, now.desired(), next));
        return next;
    }

    @Test
    void historyTellsWhoMadeAFieldWhatItIs() throws Exception {
        InstanceId web = new InstanceId("web1");
        try (EmbeddedStore store = EmbeddedStore.open(folder.resolve("site"))) {
            store.append(0, Optional.empty(), Proposal.wish("anna", "first", Model.empty(), SampleSite.good()));
            wish(store, "bert", "h1 gets new memory", new Operation.StartInstance(web, new NodeId("h2")));
            Instance small = store.read().desired().get(web, Instance.class).orElseThrow();
            wish(store, "carl", "needs more", new Operation.Put(small.nic("52:54:00:bb:00:02", "lan")));

            History history = new History(store);
            Blame where = history.blame(web, "placement/node").orElseThrow();
            assertThat(where.commit().proposal().who()).isEqualTo("bert");
            assertThat(where.before()).contains("\"h1\"");
            assertThat(where.after()).contains("\"h2\"");
            assertThat(where).hasToString("2 " + where.commit().at() + " bert: \"h1\" -> \"h2\" (h1 gets new memory)");
            assertThat(history.blame(web, "nics/1/mac")
                            .orElseThrow()
                            .commit()
                            .proposal()
                            .who())
                    .isEqualTo("carl");
            assertThat(history.blame(web, "memoryBytes")
                            .orElseThrow()
                            .commit()
                            .proposal()
                            .who())
                    .isEqualTo("anna");
            assertThat(history.blame(web, "").orElseThrow().commit().revision()).isEqualTo(3);
            assertThat(history.blame(web, "colour")).isEmpty();
            assertThat(history.newest(commit -> commit.isAbout(web), 2))
                    .extracting(Commit::revision)
                    .containsExactly(3L, 2L);
        }
    }

    @Test
    void theWayBackToARevisionIsAProvedPlan() throws Exception {
        InstanceId web = new InstanceId("web1");
        try (EmbeddedStore store = EmbeddedStore.open(folder.resolve("site"))) {
            store.append(0, Optional.empty(), Proposal.wish("anna", "first", Model.empty(), SampleSite.good()));
            wish(store, "bert", "a move", new Operation.StartInstance(web, new NodeId("h2")));
            wish(store, "carl", "a mistake", new Operation.StopInstance(web));
            Model before = store.at(1).desired();
            Plan plan = Planner.plan(
                            store.read(),
                            List.of(new SiteOperation.Rollback(before)),
                            Policy.of(1, Instant.parse("2026-01-01T00:00:00Z")))
                    .orElseThrow();
            assertThat(plan.isEmpty()).isFalse();
            Proof proof = Prover.prove(plan, ProofOptions.standard());
            assertThat(proof.isProved()).isTrue();
            assertThat(proof.coverage().exhaustive()).isTrue();
            assertThat(plan.end()).isEqualTo(before);
        }
    }

    @Test
    void aRollbackIsOneMoreCommit() throws Exception {
        InstanceId web = new InstanceId("web1");
        try (EmbeddedStore store = EmbeddedStore.open(folder.resolve("site"))) {
            store.append(0, Optional.empty(), Proposal.wish("anna", "first", Model.empty(), SampleSite.good()));
            wish(store, "bert", "wrong", new Operation.Remove(web));
            wish(store, "bert", "wrong too", new Operation.Remove(new NodeId("h2")));
            History history = new History(store);
            Proposal back = history.rollback(1, store.read(), "carl");
            assertThat(back.events()).hasSize(2);
            store.append(3, Optional.empty(), back);
            assertThat(store.read().desired()).isEqualTo(SampleSite.good());
            assertThat(store.read().revision()).isEqualTo(4);
            assertThat(store.at(3).desired().contains(web)).isFalse();
            assertThat(history.rollback(1, store.read(), "carl").events()).isEmpty();
        }
    }

    @Test
    void whereDigitsAreWrittenOtherwiseTheFilesHaveTheSameNames() throws Exception {
        Locale before = Locale.getDefault();
        Path place = folder.resolve("site");
        EmbeddedOptions snapshots = EmbeddedOptions.builder().snapshotBytes(1).build();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            assertThat(String.format("%d", 7)).as("this locale's seven").isEqualTo("\u0667");
            try (EmbeddedStore store = EmbeddedStore.open(place, snapshots)) {
                store.append(0, Optional.empty(), Proposal.wish("anna", "first", Model.empty(), SampleSite.good()));
                assertThat(store.snapshotFailure()).isEmpty();
            }
        } finally {
            Locale.setDefault(before);
        }
        try (EmbeddedStore store = EmbeddedStore.open(place)) {
            assertThat(store.read().revision()).isEqualTo(1);
            assertThat(store.read().desired()).isEqualTo(SampleSite.good());
        }
        try (Stream<Path> files = Files.list(place)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .allMatch(name -> name.matches("\\p{ASCII}+"))
                    .anyMatch(name -> name.startsWith("0000"));
        }
    }

    @Test
    void aFolderHasOneStore() throws Exception {
        Path place = folder.resolve("site");
        try (EmbeddedStore first = EmbeddedStore.open(place)) {
            assertThatThrownBy(() -> EmbeddedStore.open(place))
                    .hasFieldOrPropertyWithValue("kind", StoreException.Kind.LOCKED)
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
            assertThat(first.read().revision()).isZero();
        }
        EmbeddedStore.open(place).close();
    }

    @Test
    void aFolderOfSomethingElseIsLeftAlone() throws Exception {
        Files.writeString(folder.resolve("letter.txt"), "dear anna");
        assertThatThrownBy(() -> EmbeddedStore.open(folder))
                .hasFieldOrPropertyWithValue("kind", StoreException.Kind.CORRUPT)
                .hasMessageContaining("letter.txt");
        assertThat(folder.resolve("letter.txt")).hasContent("dear anna");
    }

    @Test
    void aCommitThatWasChangedWithItsChecksumBreaksTheChain() throws Exception {
        MemoryFolder memory = new MemoryFolder(Integer.MAX_VALUE);
        EmbeddedOptions options = EmbeddedOptions.builder().segmentBytes(1).build();
        try (EmbeddedStore store = EmbeddedStore.open(memory, options)) {
            store.append(0, Optional.empty(), Proposal.wish("anna", "first", Model.empty(), SampleSite.good()));
            wish(store, "bert", "theft", new Operation.Remove(new InstanceId("web1")));
            wish(store, "carl", "later", new Operation.Remove(new NodeId("h2")));
        }
        String second = Segment.name(2);
        byte[] bytes = memory.bytes(second);
        Frame head = Frame.at(bytes, 0);
        assertThat(head).isNotNull();
        Frame commit = Frame.at(bytes, head.size());
        assertThat(commit).isNotNull();
        String forged = new String(commit.payload(), java.nio.charset.StandardCharsets.UTF_8).replace("bert", "anna");
        java.io.ByteArrayOutputStream file = new java.io.ByteArrayOutputStream();
        file.writeBytes(head.bytes());
        file.writeBytes(new Frame(Frame.COMMIT, forged.getBytes(java.nio.charset.StandardCharsets.UTF_8)).bytes());
        memory.put(second, file.toByteArray());
        assertThatThrownBy(() -> EmbeddedStore.open(memory, options))
                .hasMessageContaining("chain of hashes breaks before revision 3");
    }

    @Test
    void optionsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddedOptions.builder().segmentBytes(0).build())
                .withMessageContaining("got 0");
        EmbeddedOptions some =
                EmbeddedOptions.builder().segmentBytes(7).snapshotBytes(9).build();
        assertThat(some.toBuilder().build().segmentBytes()).isEqualTo(7);
        assertThat(some.toBuilder().build().snapshotBytes()).isEqualTo(9);
    }
}
