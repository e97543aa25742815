package io.diskless.cluster.testkit.peer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class PrivilegesTest {
    @Test
    void aMissingRightSkipsOnALaptopAndFailsInContinuousIntegration() {
        assertThatCode(() -> Privileges.require(true, "needs root to mount", true))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> Privileges.require(false, "needs root to mount", false))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("needs root to mount");
        assertThatThrownBy(() -> Privileges.require(false, "needs root to mount", true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("needs root to mount");
    }
}
