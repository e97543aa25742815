package io.diskless.cluster.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Software;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** A file that was not parsed, because one of its form was, would have had the same verdict. */
class ResourceFilesProperties {
    /** Plain and others, among them words of the grammar. */
    private static final String[] NAMES = {
        "r0",
        "v17-r",
        "x9",
        "s1",
        "h2",
        "on",
        "all",
        "net",
        "md5",
        "sha1",
        "2a",
        "A1",
        "a.1",
        "resource",
        "meta-disk",
        "a1-b2"
    };

    private static final DrbdDialect[] DIALECTS = DrbdDialect.values();

    private static String name(Random random) {
        return NAMES[random.nextInt(NAMES.length)];
    }

    private static Model site(Random random) {
        List<Replica> copies = new ArrayList<>();
        Model model = Model.empty();
        DrbdDialect dialect = DIALECTS[random.nextInt(DIALECTS.length)];
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            String node = name(random);
            copies.add(Replica.of(node, random.nextInt(3), name(random)));
            if (random.nextInt(4) > 0) {
                Machine machine = Machine.of(name(random), Nic.of("eth0", "52:54:00:00:00:01", "san"))
                        .software(new Software(dialect, dialect, dialect));
                StorageNode named = StorageNode.of(machine, "root", "linux");
                model = model.with(
                        new StorageNode(new NodeId(node), machine, named.lifecycle(), named.root(), named.profile()));
            }
        }
        DrbdPolicy policy = DrbdPolicy.of("secret")
                .protocol(random.nextBoolean() ? DrbdPolicy.Protocol.A : DrbdPolicy.Protocol.C)
                .digests(random.nextBoolean() ? "sha256" : "", "weekly", "");
        return model.with(new DrbdVolume(new LayerId(name(random)), copies, policy, new DualPrimary.Never()));
    }

    private static List<Finding> verdict(ResourceFiles files, Model model) {
        Findings out = new Findings(Rule.FILES_ACCEPTED);
        model.all(DrbdVolume.class).forEach(volume -> files.check(model, volume, out));
        return out.list();
    }

    @Property(tries = 200)
    void whatIsRememberedChangesNoVerdict(@ForAll long seed) {
        Random random = new Random(seed);
        ResourceFiles remembers = new ResourceFiles();
        for (int i = 0; i < 40; i++) {
            Model model = site(random);
            assertThat(verdict(remembers, model)).isEqualTo(verdict(new ResourceFiles(), model));
        }
    }
}
