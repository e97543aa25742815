package io.diskless.cluster.conf.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.ConfigText;
import org.junit.jupiter.api.Test;

class CorosyncConfigTest {
    @Test
    void aSectionInThePlaceOfAValueIsReadAsWhatItIs() {
        ConfigText text = ConfigText.of("corosync.conf", "quorum {\n  two_node {\n  }\n}\n");
        CorosyncConfig config = CorosyncConfig.parse(text);
        assertThat(config.tree().flatten()).hasSize(2);
    }
}
