package io.diskless.aoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.FileOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command line says and returns before it touches a network. */
class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    @Test
    void helpNamesEveryCommandAndEveryExitCode() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString())
                .contains(
                        "serve", "discover", "ping", "identify", "config", "mask", "reserve", "check", "copy", "bench");
        for (ExitCode code : ExitCode.values()) {
            assertThat(out.toString()).contains("\n  " + code.code + "   ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "ping e0.255",
                "ping 65535.1",
                "copy a b",
                "copy e0.1 x --chunk 1000",
                "bench e0.1 --write 50",
                "bench e0.1 --size 100",
                "mask e0.1 --add 52:54:00",
                "reserve e0.1 --self --release",
                "serve e0.1 f --sync sometimes",
                "ping e0.1 --timeout 0",
                "frobnicate"
            })
    void aWrongCommandLineIsOneLineAndExitCodeTwo(String line) {
        assertThat(run(line.split(" ", -1))).isEqualTo(2);
        assertThat(err.toString()).startsWith("diskless-aoe: ").hasLineCount(1);
    }

    @Test
    void anInterfaceThatIsNotThereIsNamed() {
        int code = run("discover", "--interface", "nosuchif0");
        assertThat(code).isEqualTo(ExitCode.NO_LINK.code);
        assertThat(err.toString()).hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({"512,512", "64k,65536", "16M,16777216", "2G,2147483648", "1T,1099511627776", "4KiB,4096", "8MB,8388608"
    })
    void sizes(String text, long bytes) {
        assertThat(new Size().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "-1", "1.5G", "999999999999999T", "12 k"})
    void whatIsNoSize(String text) {
        assertThat(run("bench", "e0.1", "--size", text)).isEqualTo(2);
    }

    @Test
    void failuresMapToExitCodes() {
        assertThat(ExitCode.of(new AoeException(AoeException.Kind.NO_PRIVILEGE, "x")))
                .isEqualTo(ExitCode.NO_LINK);
        assertThat(ExitCode.of(new AoeException(AoeException.Kind.NO_TARGET, "x")))
                .isEqualTo(ExitCode.NO_ANSWER);
        assertThat(ExitCode.of(new AoeException(AoeException.Kind.REFUSED, "x")))
                .isEqualTo(ExitCode.REFUSED);
        assertThat(ExitCode.of(new BlockException(BlockException.Kind.TIMEOUT, 0, "x")))
                .isEqualTo(ExitCode.NO_ANSWER);
        assertThat(ExitCode.of(new BlockException(BlockException.Kind.READ_ONLY, 0, "x")))
                .isEqualTo(ExitCode.REFUSED);
        assertThat(ExitCode.of(new IllegalStateException("x"))).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void stringsOfStrangersCannotDriveATerminal() {
        assertThat(Text.printable("host-a \u001b[2J\"\u00ff")).isEqualTo("host-a \\x1b[2J\\x22\\xff");
    }

    @Test
    void aServeFileIsRead(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("site.json"), """
                { "interfaces": ["eth1"],
                  "exports": [
                    { "address": "e0.1", "file": "a.img" },
                    { "address": "e0.2", "file": "/srv/b.img", "overlay": "b.cow", "sync": "flush", "access": "mapped",
                      "allow": ["52:54:00:aa:00:01"] } ] }
                """);
        ServeFile read = ServeFile.read(file);
        assertThat(read.interfaces()).containsExactly("eth1");
        assertThat(read.exports()).hasSize(2);
        assertThat(read.exports().get(0).image()).isEqualTo(dir.resolve("a.img").toAbsolutePath());
        assertThat(read.exports().get(1).sync()).isEqualTo(Sync.FLUSH);
        assertThat(read.exports().get(1).access()).isEqualTo(FileOptions.Mode.MAPPED);
        assertThat(read.exports().get(1).allow()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ \"exports\": [ { \"adress\": \"e0.1\" } ] }|1:28: unknown field \"adress\"",
                "{ \"exports\": [ { \"address\": \"e0\" } ] }|1:29: expected an AoE address such as e0.1",
                "{ \"exports\": [ { \"address\": \"e0.1\" } ] }|1:16: an export needs an address and a file",
                "{ \"exports\": [ ] }|no exports",
                "{ \"exports\": [ { \"address\": \"e0.1\", \"file\": 7 } ] }|1:45: expected VALUE_STRING",
                "{ \"exports\": [|Unexpected end-of-input"
            })
    void aWrongServeFileIsToldWithItsPlace(String text, String expected, @TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("site.json"), text);
        assertThat(run("serve", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("site.json:").contains(expected);
    }
}
