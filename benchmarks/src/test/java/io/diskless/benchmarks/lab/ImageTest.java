package io.diskless.benchmarks.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.benchmarks.lab.load.Pattern;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Tools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written. */
class ImageTest {
    private static final long MEBI = 1 << 20;

    @Test
    void aFreshImageIsACleanFileSystemFullOfFiles() throws Exception {
        Assumptions.assumeTrue(Tools.find("mkfs.ext4").isPresent(), "mkfs.ext4 is not installed");
        try (Workspace workspace = Workspace.make(false)) {
            Image image = Image.make(workspace, 16 * MEBI, 3);
            assertThat(image.ext4()).isTrue();
            assertThat(image.note()).isEmpty();
            assertThat(Files.size(image.file())).isEqualTo(16 * MEBI);
            String fsck = Tools.need("e2fsck", "e2fsprogs");
            String said = Tools.check(List.of(fsck, "-fn", image.file().toString()), "", Duration.ofSeconds(60));
            assertThat(said).containsPattern("diskless: \\d+/\\d+ files");
            // A user's own image of that kind is recognised.
            assertThat(Image.of(image.file()).ext4()).isTrue();
        }
    }

    @Test
    void withoutMkfsItIsBytesOfTheSeedAndANoteSaysSo() throws Exception {
        try (Workspace first = Workspace.make(false);
                Workspace second = Workspace.make(false)) {
            Image image = Image.make(first, 3 * MEBI, 3, Optional.empty());
            assertThat(image.ext4()).isFalse();
            assertThat(image.note().orElseThrow()).contains("Remedy: apt-get install e2fsprogs");
            assertThat(Files.size(image.file())).isEqualTo(3 * MEBI);
            Image again = Image.make(second, 3 * MEBI, 3, Optional.empty());
            assertThat(Files.mismatch(image.file(), again.file())).isEqualTo(-1);
        }
    }

    @Test
    void anImageOfTheUserIsFilledUpToWholeBlocks(@TempDir Path folder) throws Exception {
        byte[] bytes = new byte[3 * Pattern.BLOCK + 5];
        Arrays.fill(bytes, (byte) 9);
        Image image = Image.of(Files.write(folder.resolve("mine"), bytes));
        assertThat(image.bytes()).isEqualTo(4 * Pattern.BLOCK);
        assertThat(image.ext4()).isFalse();
        MessageDigest ours = MessageDigest.getInstance("SHA-256");
        image.digest(ours);
        assertThat(ours.digest())
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes, 4 * Pattern.BLOCK)));
    }

    @Test
    void whatIsNoImageIsRefusedWithARemedy(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> Image.of(folder))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("Remedy: name a regular file");
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThatThrownBy(() -> Image.of(empty))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("is empty");
    }

    @Test
    void theFolderOfARunGoesWithIt() throws Exception {
        Path folder;
        try (Workspace workspace = Workspace.make(false)) {
            folder = workspace.folder();
            Files.createDirectories(folder.resolve("a/b"));
            Files.writeString(folder.resolve("a/b/c"), "x");
            assertThatThrownBy(() -> workspace.needs(Long.MAX_VALUE / 2))
                    .isInstanceOf(LabException.class)
                    .hasMessageContaining("Remedy");
        }
        assertThat(folder).doesNotExist();
    }
}
