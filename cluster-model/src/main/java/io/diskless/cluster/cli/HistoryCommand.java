package io.diskless.cluster.cli;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.json.RecordJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.operation.SiteOperation;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Planning;
import io.diskless.cluster.plan.Policy;
import io.diskless.cluster.plan.proof.Proof;
import io.diskless.cluster.plan.proof.ProofOptions;
import io.diskless.cluster.plan.proof.Prover;
import io.diskless.cluster.store.Blame;
import io.diskless.cluster.store.ClusterStore;
import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.EmbeddedStore;
import io.diskless.cluster.store.Event;
import io.diskless.cluster.store.History;
import io.diskless.cluster.store.Proposal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks and continues the history of a site in a folder. */
@Command(
        name = "history",
        description = "Keep a site in a folder with its history: who changed what, when and why.",
        footer = {"", "A line is REVISION TIME WHO: WHY [PLAN], below it one line for each thing that changed."},
        synopsisSubcommandLabel = "QUESTION")
final class HistoryCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private static ClusterStore open(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        return EmbeddedStore.open(folder);
    }

    @Command(name = "log", description = "Show commits, the newest first.")
    int log(
            @Parameters(paramLabel = "FOLDER", description = "The history.") Path folder,
            @Option(
                            names = {"-n", "--newest"},
                            paramLabel = "COUNT",
                            defaultValue = "20",
                            description = "How many. Default: ${DEFAULT-VALUE}.")
                    int count,
            @Option(names = "--about", paramLabel = "THING", description = "Only of one thing, such as instance/web1.")
                    @org.jspecify.annotations.Nullable
                    String about,
            @Option(names = "--json", description = "One JSON object for each commit.") boolean json)
            throws IOException {
        Optional<EntityId> thing = Optional.ofNullable(about).map(EntityId::parse);
        try (ClusterStore store = open(folder)) {
            for (Commit commit : new History(store)
                    .newest(commit -> thing.map(commit::isAbout).orElse(true), count)) {
                if (json) {
                    out().println(RecordJson.write(Commit.class, commit));
                } else {
                    print(commit);
                }
            }
        }
        return Main.CLEAN;
    }

    private void print(Commit commit) {
        String plan = commit.proposal().plan().map(id -> " [" + id + "]").orElse("");
        out().println(commit.revision() + " " + commit.at() + " "
                + commit.proposal().who() + ": " + commit.proposal().why() + plan);
        for (Event event : commit.events()) {
            String what = event instanceof Event.Wish wish
                    ? wish.change().toString()
                    : event.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT) + " " + event.about();
            out().println("    " + what);
        }
    }

    @Command(name = "at", description = "Print the site as it was at a revision.")
    int at(
            @Parameters(paramLabel = "FOLDER", description = "The history.") Path folder,
            @Parameters(paramLabel = "REVISION", description = "0 to the newest.") long revision)
            throws IOException {
        try (ClusterStore store = open(folder)) {
            out().print(ClusterJson.write(store.at(revision)));
            out().flush();
        }
        return Main.CLEAN;
    }

    @Command(name = "blame", description = "Say who made a field what it is; ends with 1 if nobody ever did.")
    int blame(
            @Parameters(paramLabel = "FOLDER", description = "The history.") Path folder,
            @Parameters(paramLabel = "THING", description = "Such as instance/web1.") String thing,
            @Parameters(
                            paramLabel = "FIELD",
                            arity = "0..1",
                            defaultValue = "",
                            description = "Such as machine/nics/0/mtu. Default: all of it.")
                    String field)
            throws IOException {
        try (ClusterStore store = open(folder)) {
            Optional<Blame> found = new History(store).blame(EntityId.parse(thing), field);
            found.ifPresent(blame -> out().println(blame));
            return found.isPresent() ? Main.CLEAN : Main.FOUND;
        }
    }

    @Command(
            name = "commit",
            description = "Make the site what a model file says. The folder is made if it is not there.")
    int commit(
            @Parameters(paramLabel = "FOLDER", description = "The history.") Path folder,
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Option(names = "--who", required = true, description = "Who wants it.") String who,
            @Option(names = "--why", required = true, description = "For what reason.") String why)
            throws IOException {
        Cluster wanted =
                ClusterJson.read(site.toString(), ConfigText.read(site).text()).cluster();
        try (ClusterStore store = EmbeddedStore.open(folder)) {
            Cluster now = store.read();
            return append(store, now, Proposal.wish(who, why, now.desired(), wanted.desired()));
        }
    }

    private int append(ClusterStore store, Cluster now, Proposal proposal) throws IOException {
        if (proposal.events().isEmpty()) {
            out().println("nothing differs from revision " + now.revision());
        } else {
            print(store.append(now.revision(), Optional.empty(), proposal));
        }
        return Main.CLEAN;
    }

    @Command(name = "rollback", description = "Want again what was wanted at a revision; one more commit.")
    int rollback(
            @Parameters(paramLabel = "FOLDER", description = "The history.") Path folder,
            @Parameters(paramLabel = "REVISION", description = "0 to the newest.") long revision,
            @Option(names = "--who", required = true, description = "Who wants it.") String who,
            @Option(
                            names = "--plan",
                            description = "Commit nothing: print the plan that leads there and what is said of it;"
                                    + " ends with 1 if there is none, or a rule is broken on the way.")
                    boolean plan)
            throws IOException {
        try (ClusterStore store = open(folder)) {
            Cluster now = store.read();
            if (plan) {
                return plan(now, new SiteOperation.Rollback(store.at(revision).desired()));
            }
            return append(store, now, new History(store).rollback(revision, now, who));
        }
    }

    private int plan(Cluster now, SiteOperation.Rollback back) {
        Planning planning = Planner.plan(now, List.of(back), Policy.of(now.revision(), Instant.MAX));
        if (planning instanceof Planning.Refused refused) {
            refused.reasons().forEach(out()::println);
            return Main.FOUND;
        }
        Plan plan = planning.orElseThrow();
        Proof proof = Prover.prove(plan, ProofOptions.standard());
        PlanCommand.print(out(), plan, proof);
        return proof.isProved() ? Main.CLEAN : Main.FOUND;
    }

    @Command(name = "verify", description = "Follow the chain of hashes over the whole history and print the last.")
    int verify(@Parameters(paramLabel = "FOLDER", description = "The history.") Path folder) throws IOException {
        try (ClusterStore store = open(folder)) {
            out().println(new History(store).verify());
        }
        return Main.CLEAN;
    }
}
