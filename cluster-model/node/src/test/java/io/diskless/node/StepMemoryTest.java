package io.diskless.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of plans over a crash, wherever it cuts the file off. */
class StepMemoryTest {
    @TempDir
    private Path folder;

    @Test
    void whateverACrashCutsOffIsForgottenAndNothingElse() throws Exception {
        Path whole = folder.resolve("whole");
        try (StepMemory memory = StepMemory.open(whole)) {
            assertThat(memory.admits(3)).isTrue();
            memory.set("3-1-a-1", true);
            memory.set("3-1-a-2", true);
            memory.set("3-1-a-1", false);
            assertThat(memory.admits(4)).isTrue();
            assertThat(memory.admits(3)).isFalse();
        }
        byte[] bytes = Files.readAllBytes(whole);
        for (int length = 0; length <= bytes.length; length++) {
            Path cut = folder.resolve("cut" + length);
            Files.write(cut, Arrays.copyOf(bytes, length));
            String kept = new String(bytes, 0, length, java.nio.charset.StandardCharsets.UTF_8);
            long lines = kept.chars().filter(c -> c == '\n').count();
            try (StepMemory memory = StepMemory.open(cut)) {
                assertThat(memory.isDone("3-1-a-1")).as("cut at %d", length).isEqualTo(lines == 2 || lines == 3);
                assertThat(memory.isDone("3-1-a-2")).as("cut at %d", length).isEqualTo(lines >= 3);
                assertThat(memory.newest())
                        .as("cut at %d", length)
                        .isEqualTo(lines == 0 ? Long.MIN_VALUE : lines < 5 ? 3 : 4);
                // It goes on behind what is whole.
                memory.set("next", true);
            }
            try (StepMemory memory = StepMemory.open(cut)) {
                assertThat(memory.isDone("next")).isTrue();
            }
        }
    }

    @Test
    void damageElsewhereIsRefused() throws Exception {
        Path file = folder.resolve("steps");
        try (StepMemory memory = StepMemory.open(file)) {
            memory.set("a", true);
            memory.set("b", true);
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[2] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> StepMemory.open(file))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("damaged at character 0");
    }
}
