package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.load.Pattern;
import io.diskless.benchmarks.lab.load.Reference;
import io.diskless.benchmarks.lab.node.ApplicationAgent;
import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.Units;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.benchmarks.lab.site.NodePlan;
import io.diskless.benchmarks.lab.site.Tools;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The proof: the reader, which took no part so far, reads each leg by itself and then the mirror; what it finds must have
 * the SHA-256 of the image and of the acknowledged writes, which the director works out from the image's file and the
 * writer's list of acknowledged versions. Not thread-safe.
 */
record Proving(LabOptions options, Site site, Workspace workspace, Progress progress, Notebook notebook, Watch watch) {
    private static final Duration FSCK = Duration.ofSeconds(60);
    /** Nobody dies any more; what is slow must not look like what is lost. */
    private static final Duration PATIENT = Duration.ofSeconds(15);

    /** e2fsck(8): no errors. */
    private static final String CLEAN = "exit code 0";

    void prove(Image image, long areaOffset, Path acknowledged, String addresses)
            throws LabException, IOException, InterruptedException {
        progress.phase("proof");
        NodePlan writer = site.plan().writer();
        NodePlan reader = site.plan().reader();
        site.ask(writer, Message.of("release"));
        MessageDigest imageDigest = sha256();
        image.digest(imageDigest);
        String imageHash = HexFormat.of().formatHex(imageDigest.digest());
        Reference reference = Reference.load(acknowledged, new Pattern(options.seed()));
        MessageDigest loadDigest = sha256();
        reference.digest(loadDigest);
        String loadHash = HexFormat.of().formatHex(loadDigest.digest());

        site.ask(reader, Message.of("discover").with("addresses", addresses).with("millis", 10_000));
        site.ask(
                reader,
                Message.of("open")
                        .with("addresses", addresses)
                        .with("create", false)
                        .with("deadline", PATIENT.toMillis()));
        List<String> sources = new ArrayList<>(List.of(addresses.split(",", -1)));
        sources.add(ApplicationAgent.MIRROR);
        Path copy = workspace.file("copy");
        int right = 0;
        for (String source : sources) {
            boolean mirror = source.equals(ApplicationAgent.MIRROR);
            Message request = Message.of("digest")
                    .with("source", source)
                    .with("imageBytes", image.bytes())
                    .with("loadOffset", areaOffset)
                    .with("loadBytes", options.loadBytes());
            Message found = watch.work(reader, mirror ? request.with("into", copy) : request);
            String name = mirror ? "the mirror" : source;
            notebook.proof("image on " + name, imageHash, found.text("image"));
            notebook.proof("acknowledged writes on " + name, loadHash, found.text("load"));
            right += (imageHash.equals(found.text("image")) ? 1 : 0) + (loadHash.equals(found.text("load")) ? 1 : 0);
        }
        if (image.ext4()) {
            fileSystem(copy);
        }
        int asked = 2 * sources.size();
        progress.update(1, right + " of " + asked + " hashes are right");
        long bytes = sources.size() * (image.bytes() + options.loadBytes());
        notebook.node(
                reader.name(),
                "checks from a fresh start",
                false,
                right + " of " + asked + " hashes are right",
                right == asked,
                Units.size(bytes) + " read and hashed",
                Units.count(reference.writes()) + " acknowledged writes accounted for");
        storage();
    }

    private void fileSystem(Path copy) throws LabException, InterruptedException {
        Optional<Path> fsck = Tools.find("e2fsck");
        if (fsck.isPresent()) {
            Tools.Ended ended = Tools.run(List.of(fsck.get().toString(), "-fn", copy.toString()), "", FSCK);
            notebook.proof("e2fsck of the file system that came back", CLEAN, "exit code " + ended.exit());
        }
    }

    private void storage() throws LabException, InterruptedException {
        for (NodePlan node : site.plan().storage()) {
            Message counted = site.ask(node, Message.of("stat"));
            boolean died = node.name().equals(options.victim());
            notebook.node(
                    node.name(),
                    "storage, " + Story.address(node),
                    true,
                    died ? "killed under load, back, in sync" : "served all along",
                    true,
                    (died ? "since its return: " : "") + Units.count(counted.number("reads")) + " reads, "
                            + Units.count(counted.number("writes")) + " writes",
                    site.node(node).where() + ", " + site.link(node));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            // Java SE API specification of MessageDigest: every implementation has it.
            throw new IllegalStateException(e);
        }
    }
}
