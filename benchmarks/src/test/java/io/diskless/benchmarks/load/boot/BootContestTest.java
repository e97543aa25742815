package io.diskless.benchmarks.load.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The contest's clients against our servers, and its arithmetic; what the figures are is not asked. */
class BootContestTest {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final int SIZE = 100_000;

    @TempDir
    Path folder;

    private long file() throws IOException {
        Path file = folder.resolve("f");
        BootContest.random(file, SIZE);
        CRC32C sum = new CRC32C();
        sum.update(Files.readAllBytes(file));
        return sum.getValue();
    }

    @Test
    void filesComeWholeOneByOneAndManyAtOnce() throws IOException {
        long sum = file();
        TftpServerOptions options = TftpServerOptions.builder()
                .listen(ANY)
                .maxTransfersPerSource(100)
                .build();
        try (TftpServer server = TftpServer.open(options, TftpContent.files(folder))) {
            Fetch client = new Fetch(server.addresses().get(0));
            for (int window : new int[] {1, 8}) {
                Receiver one = client.one("f", 1428, window);
                assertThat(one.octets()).isEqualTo(SIZE);
                assertThat(one.sum()).isEqualTo(sum);
            }
            List<Receiver> many = client.many("f", 1428, 4, 50, octets -> {});
            assertThat(many).hasSize(50).allMatch(r -> r.isDone() && r.octets() == SIZE && r.sum() == sum);
            assertThat(server.counters().started()).isGreaterThanOrEqualTo(52);
        }
    }

    @Test
    void everyAnswerIsCounted() throws IOException, InterruptedException {
        file();
        try (HttpBootServer server = HttpBootServer.open(ANY, TftpContent.files(folder), report -> {});
                HttpLoad load = new HttpLoad(server.address(), "f", 3)) {
            HttpLoad.Burst burst = load.burst(20_000_000);
            assertThat(burst.requests()).isGreaterThanOrEqualTo(3);
            assertThat(burst.octets()).isEqualTo(burst.requests() * SIZE);
        }
    }

    @Test
    void anAnswerThatIsNoFileIsAFailure() throws IOException, InterruptedException {
        try (HttpBootServer server = HttpBootServer.open(ANY, TftpContent.files(folder), report -> {});
                HttpLoad load = new HttpLoad(server.address(), "missing", 1)) {
            assertThatThrownBy(() -> load.burst(1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("404");
        }
    }

    @Test
    void ratiosAreOfNeighboursAndGoWithAllFiguresIntoTheFile() throws IOException {
        StringWriter text = new StringWriter();
        Results results = new Results(new PrintWriter(text));
        results.add(
                new Results.Row("reads", "MB/s", 1.5, true, "them", List.of(2.0, 30.0, 9.0), List.of(1.0, 10.0, 10.0)));
        assertThat(text.toString())
                .contains("| reads | MB/s | 2.00 [1.45-2.50] | >= 1.5 | reached | 9.00 | them, 10.00 |");
        Path file = folder.resolve("figures.json");
        results.write(file, "--only=reads");
        assertThat(Files.readString(file)).contains("\"ratio\" : 2.0").contains("\"reached\" : true");
        try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
            int tokens = 0;
            while (parser.nextToken() != null) {
                tokens++;
            }
            assertThat(tokens).isGreaterThan(20);
        }
        assertThatThrownBy(() -> new Results.Row("x", "s", 1, true, "them", List.of(1.0), List.of(1.0, 2.0)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anUnknownOptionIsRefused() {
        StringWriter err = new StringWriter();
        CommandLine command = BootContest.commandLine().setErr(new PrintWriter(err));
        assertThat(command.execute("--peers=.", "--nonsense")).isEqualTo(2);
        assertThat(err.toString()).contains("--nonsense").contains("--rounds");
    }
}
