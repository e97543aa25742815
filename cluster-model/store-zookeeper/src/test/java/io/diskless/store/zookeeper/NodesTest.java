package io.diskless.store.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class NodesTest {
    @Test
    void clientsOfAllLanguagesMeetAtOnePath() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            assertThat(String.format("%d", 7)).as("this locale's seven").isEqualTo("\u0667");
            assertThat(Nodes.commit(1234)).isEqualTo("/log/0000000000000001/0000000000000001234");
            assertThat(Nodes.snapshot(7)).isEqualTo("/snap/0000000000000000007");
        } finally {
            Locale.setDefault(before);
        }
    }
}
