package io.diskless.netboot.tftp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallFilesTest {
    private static final InetSocketAddress CLIENT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    private final HandClock clock = new HandClock();

    @TempDir
    Path folder;

    private Path root = Path.of(".");

    @BeforeEach
    void findRoot() throws IOException {
        root = folder.toRealPath();
    }

    @Test
    void knowsAFileThatLooksAsItDidAndForgetsItAfterAMoment() throws IOException {
        SmallFiles small = new SmallFiles(clock);
        Path file = old("script", "boot");
        assertThat(small.find(file, look(file))).isNull();
        small.keep(file, look(file), "boot".getBytes(US_ASCII));
        assertThat(small.find(file, look(file))).asString(US_ASCII).isEqualTo("boot");

        clock.now = clock.now.plus(SmallFiles.KEPT);
        assertThat(small.find(file, look(file))).isNull();
    }

    @Test
    void doesNotKnowAFileOfAnotherTimeSizeOrIdentity() throws IOException {
        SmallFiles small = new SmallFiles(clock);
        Path file = old("script", "boot");
        BasicFileAttributes before = look(file);

        small.keep(file, before, "boot".getBytes(US_ASCII));
        Files.setLastModifiedTime(file, FileTime.from(clock.now.minusSeconds(50)));
        assertThat(small.find(file, look(file))).isNull();

        small.keep(file, look(file), "boot".getBytes(US_ASCII));
        write(file, "longer");
        assertThat(small.find(file, look(file))).isNull();

        write(file, "boot");
        small.keep(file, look(file), "boot".getBytes(US_ASCII));
        Files.move(old("other", "toob"), file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(small.find(file, look(file))).isNull();
    }

    @Test
    void keepsNeitherWhatWasWrittenLatelyNorWhatIsLarge() throws IOException {
        SmallFiles small = new SmallFiles(clock);
        Path file = old("script", "boot");
        assertThat(small.mayKeep(look(file))).isTrue();
        assertThat(small.mayKeep(look(old("large", "x".repeat(SmallFiles.LARGEST + 1)))))
                .isFalse();
        Files.setLastModifiedTime(file, FileTime.from(clock.now));
        assertThat(small.mayKeep(look(file))).isFalse();
    }

    @Test
    void keepsABoundedSumOfWhatWasUsedLast() throws IOException {
        SmallFiles small = new SmallFiles(clock);
        byte[] content = new byte[SmallFiles.LARGEST];
        Path first = old("0", "x".repeat(SmallFiles.LARGEST));
        small.keep(first, look(first), content);
        int known = 0;
        for (int i = 1; i <= 100; i++) {
            Path file = old(Integer.toString(i), "x".repeat(SmallFiles.LARGEST));
            small.keep(file, look(file), content);
            assertThat(small.find(first, look(first))).isNotNull();
        }
        for (int i = 0; i <= 100; i++) {
            Path file = root.resolve(Integer.toString(i));
            known += small.find(file, look(file)) == null ? 0 : 1;
        }
        assertThat(known).isEqualTo((1 << 20) / SmallFiles.LARGEST);
    }

    @Test
    void servesWhatIsInTheFileNow() throws IOException {
        TftpContent content = TftpContent.files(root);
        Path file = root.resolve("script");
        for (int i = 0; i < 3; i++) {
            Files.writeString(file, "content " + i);
            // Written just now, whatever its name: each reader gets what the last writer left.
            assertThat(read(content, "script")).contains("content " + i);
        }
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(100)));
        assertThat(read(content, "script")).contains("content 2");
        assertThat(read(content, "script")).contains("content 2");
        Files.writeString(file, "content 3");
        assertThat(read(content, "script")).contains("content 3");
        Files.delete(file);
        assertThat(read(content, "script")).isEmpty();
    }

    @Test
    void followsNoLinkOutOfItsFolder() throws IOException {
        Path inside = Files.createDirectory(root.resolve("inside"));
        Files.writeString(inside.resolve("script"), "mine");
        Files.writeString(root.resolve("secret"), "not mine");
        Files.createDirectory(root.resolve("elsewhere"));
        Files.writeString(root.resolve("elsewhere/secret"), "not mine either");
        Files.createDirectory(inside.resolve("deep"));
        Files.createSymbolicLink(inside.resolve("out"), root.resolve("secret"));
        Files.createSymbolicLink(inside.resolve("deep/out"), root.resolve("elsewhere"));
        Files.createSymbolicLink(inside.resolve("deep/in"), inside);
        TftpContent content = TftpContent.files(inside);

        assertThat(read(content, "deep/in/script")).contains("mine");
        assertThat(read(content, "deep")).isEmpty();
        for (String name : new String[] {"out", "deep/out/secret", "deep/in/out"}) {
            Assertions.assertThatThrownBy(() -> content.open(name, CLIENT)).isInstanceOf(AccessDeniedException.class);
        }
    }

    private static Optional<String> read(TftpContent content, String name) throws IOException {
        Optional<TftpData> opened = content.open(name, CLIENT);
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (TftpData data = opened.get()) {
            ByteBuffer to = ByteBuffer.allocate(100);
            Optional<FileChannel> file = data.fileChannel();
            int read = file.isPresent() ? file.get().read(to) : data.read(0, to);
            assertThat(read).isEqualTo((int) data.size());
            return Optional.of(new String(to.array(), 0, read, US_ASCII));
        }
    }

    private Path old(String name, String content) throws IOException {
        Path file = root.resolve(name);
        write(file, content);
        return file;
    }

    private void write(Path file, String content) throws IOException {
        Files.writeString(file, content);
        Files.setLastModifiedTime(file, FileTime.from(clock.now.minusSeconds(100)));
    }

    private static BasicFileAttributes look(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static final class HandClock extends Clock {
        Instant now = Instant.ofEpochSecond(1_700_000_000).plus(Duration.ofMillis(5));

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
