package io.diskless.drbd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.drbd.DrbdException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control socket under clients that behave and clients that do not. */
class ControlServerTest {
    private static final int PATIENCE_SECONDS = Integer.getInteger("diskless.patience", 60);

    @TempDir
    private Path directory;

    private Path path = Path.of("");
    private final Semaphore arrived = new Semaphore(0);
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final StringWriter err = new StringWriter();
    private ControlServer server;

    /** Status answers at once, a verify when the test lets it go, the rest fails. */
    private void handle(ControlRequest request, ControlServer.Client client) throws Exception {
        switch (request.verb()) {
            case "status" -> client.line("well\nand good");
            case "verify" -> {
                arrived.release();
                letGo.await();
                client.line("let go");
            }
            case "invalidate" -> throw new DrbdException(DrbdException.Kind.NO_DATA, "no data");
            default -> throw new IllegalStateException("broken");
        }
    }

    @BeforeEach
    void listen() throws IOException {
        path = directory.resolve("s");
        server = ControlServer.start(path, ControlSocket.listen(path), this::handle, new PrintWriter(err, true));
    }

    @AfterEach
    void end() throws Exception {
        letGo.countDown();
        server.close();
        server.drain();
        assertThat(path).doesNotExist();
    }

    private SocketChannel ask(String text) throws IOException {
        SocketChannel client = ControlSocket.connect(path);
        ByteBuffer bytes = UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
        return client;
    }

    private static String answer(SocketChannel client) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer some = ByteBuffer.allocate(256);
        try (client) {
            while (client.read(some.clear()) >= 0) {
                all.write(some.array(), 0, some.position());
            }
        }
        return all.toString(UTF_8);
    }

    @Test
    void onlyTheOwnerMayUseTheSocket() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        try (var entries = Files.list(directory)) {
            assertThat(entries).containsExactly(path);
        }
    }

    @Test
    void anAnswerIsLinesAndACode() throws Exception {
        assertThat(answer(ask("status json=yes\n"))).isEqualTo(" well and good\nexit 0 \n");
        assertThat(answer(ask("invalidate\n"))).isEqualTo("exit 5 no data\n");
        assertThat(answer(ask("down\n"))).isEqualTo("exit 1 broken\n");
    }

    @Test
    void aRequestThatIsNoneIsAnsweredWithWhatIsWrong() throws Exception {
        assertThat(answer(ask("fly\n")))
                .startsWith("exit 2 no command \"fly\"; try ")
                .contains(" connect, ", ", verify\n");
        assertThat(answer(ask("\n"))).startsWith("exit 2 no command \"\"");
        assertThat(answer(ask("status loud=yes\n"))).isEqualTo("exit 2 the command status does not know loud\n");
        assertThat(answer(ask("status json\n"))).isEqualTo("exit 2 name=value expected, got \"json\"\n");
        assertThat(answer(ask("verify volume=99999999999999999999\n")))
                .isEqualTo("exit 2 volume is a number, not \"99999999999999999999\"\n");
        assertThat(answer(ask("x".repeat(ControlRequest.MAX_LINE + 1))))
                .isEqualTo("exit 2 a request has at most 1024 bytes\n");
        SocketChannel cut = ask("status");
        cut.shutdownOutput();
        assertThat(answer(cut)).isEqualTo("exit 2 the request has no end\n");
        assertThat(answer(ask("status\n"))).contains("well");
    }

    @Test
    void clientsDoNotWaitForEachOtherAndTheirNumberIsBounded() throws Exception {
        List<SocketChannel> waiting = new ArrayList<>();
        for (int i = 0; i < 31; i++) {
            waiting.add(ask("verify\n"));
        }
        assertThat(arrived.tryAcquire(31, PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(answer(ask("status\n"))).contains("well");
        SocketChannel silent = ControlSocket.connect(path);
        SocketChannel tooMany = ControlSocket.connect(path);
        assertThat(answer(tooMany)).isEqualTo("exit 5 32 clients are connected; end one\n");
        silent.close();
        letGo.countDown();
        for (SocketChannel client : waiting) {
            assertThat(answer(client)).isEqualTo(" let go\nexit 0 \n");
        }
    }

    @Test
    void aSecondListenerAndAFileOfSomebodyElseAreRefused() throws Exception {
        assertThatThrownBy(() -> ControlSocket.listen(path)).hasMessageContaining("a peer runs already");
        Path file = Files.writeString(directory.resolve("file"), "mine");
        assertThatThrownBy(() -> ControlSocket.listen(file)).hasMessageContaining("is no socket");
        assertThat(file).hasContent("mine");
        assertThatThrownBy(() -> ControlSocket.listen(directory.resolve("none/s")))
                .hasMessageContaining("there is no directory for");
        Path longer = directory.resolve("x".repeat(120));
        assertThatThrownBy(() -> ControlSocket.listen(longer)).hasMessageContaining("give a shorter --control");
        assertThatThrownBy(() -> ControlSocket.connect(directory.resolve("nobody")))
                .isInstanceOf(ControlSocket.NoPeerException.class);
    }
}
