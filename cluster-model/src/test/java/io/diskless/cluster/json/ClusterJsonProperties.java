package io.diskless.cluster.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Any part of a site survives; any damage is told, not thrown about. */
class ClusterJsonProperties {
    private static final List<Entity> ALL = SampleSite.good().all(Entity.class);
    private static final String GOOD = ClusterJson.write(Cluster.of(SampleSite.good()));

    @Property(tries = 200)
    void aPartOfASiteIsReadBackAsItWas(@ForAll long seed) {
        Random random = new Random(seed);
        Model part = Model.of(ALL.stream().filter(e -> random.nextBoolean()).toArray(Entity[]::new));
        Cluster cluster = new Cluster(part, io.diskless.cluster.model.Observed.nothing(), seed & Long.MAX_VALUE);
        String text = ClusterJson.write(cluster);
        assertThat(ClusterJson.read("x", text)).isEqualTo(ClusterFile.of(cluster));
        assertThat(ClusterJson.write(ClusterJson.read("x", text))).isEqualTo(text);
    }

    @Property(tries = 500)
    void aDamagedDocumentIsReadOrRefusedWithItsPlace(@ForAll long seed) {
        Random random = new Random(seed);
        StringBuilder damaged = new StringBuilder(GOOD);
        for (int i = 0; i <= random.nextInt(3); i++) {
            int at = random.nextInt(damaged.length());
            switch (random.nextInt(3)) {
                case 0 -> damaged.setCharAt(at, "\"{}[]:,x7 -.".charAt(random.nextInt(12)));
                case 1 -> damaged.delete(at, Math.min(damaged.length(), at + 1 + random.nextInt(40)));
                default -> {
                    int from = random.nextInt(GOOD.length() - 40);
                    damaged.insert(at, GOOD, from, from + random.nextInt(40));
                }
            }
        }
        try {
            ClusterFile read = ClusterJson.read("x", damaged.toString());
            // What was taken is written in the one form, and read again as the same.
            String text = ClusterJson.write(read);
            assertThat(ClusterJson.read("x", text).cluster()).isEqualTo(read.cluster());
        } catch (ConfigException refused) {
            assertThat(refused).hasMessageMatching("(?s)x:[0-9]+:[0-9]+: error: .*");
        }
    }
}
