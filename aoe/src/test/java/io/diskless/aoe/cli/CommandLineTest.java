package io.diskless.aoe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.target.ExportSettings;
import io.diskless.aoe.target.TargetEvent;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
                "serve e0.1",
                "serve e0.1 --config site.json",
                "serve --config site.json --read-only",
                "serve --config site.json --overlay f",
                "serve --config site.json --sync flush",
                "serve --config site.json --access direct",
                "serve --config site.json --allow 52:54:00:aa:00:01",
                "serve e0.1 f --persist mask",
                "serve e0.1 f --persist everything --settings d",
                "serve e0.1 f --rate-limit -1",
                "ping e0.1 --count 0",
                "discover --wait -1",
                "discover --timeout 0",
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
    void whatAServiceDiedOfIsToldBeforeTheProcessMayEnd() throws Exception {
        List<String> order = new ArrayList<>();
        int code = ServeCommand.toEnd(
                () -> {
                    throw new AoeException(AoeException.Kind.TIMEOUT, "answered writes may be lost");
                },
                new PrintWriter(err, true),
                () -> order.add(err.toString()));
        assertThat(code).isEqualTo(ExitCode.NO_ANSWER.code);
        assertThat(order).containsExactly("diskless-aoe: answered writes may be lost" + System.lineSeparator());
        assertThat(ServeCommand.toEnd(() -> {}, new PrintWriter(err, true), () -> order.add("end")))
                .isZero();
        assertThat(order).hasSize(2);
    }

    @Test
    void whatCannotBeClosedKeepsNothingElseOpen() {
        List<String> closed = new ArrayList<>();
        BlockDevice device = (BlockDevice) closing(BlockDevice.class, closed, new IOException("the device"));
        EthernetLink first = (EthernetLink)
                closing(EthernetLink.class, closed, new AoeException(AoeException.Kind.IO, "the first link"));
        EthernetLink second =
                (EthernetLink) closing(EthernetLink.class, closed, new IllegalStateException("the second"));
        ServeCommand.close(List.of(device, device), List.of(first, second), new PrintWriter(err, true));
        assertThat(closed).containsExactly("the device", "the device", "the first link", "the second");
        assertThat(err.toString()).hasLineCount(4);
    }

    private static Object closing(Class<?> type, List<String> closed, Exception failure) {
        return Proxy.newProxyInstance(
                CommandLineTest.class.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
                    closed.add(String.valueOf(failure.getMessage()));
                    if (failure instanceof IOException && type == BlockDevice.class) {
                        throw new BlockException(BlockException.Kind.MEDIUM, 0, "the device");
                    }
                    throw failure;
                });
    }

    @Test
    void eventsAreSentences() {
        AoeAddress e0 = new AoeAddress(0, 1);
        assertThat(ServeCommand.sentence(new TargetEvent.FlushFailed(
                        e0, new BlockException(BlockException.Kind.MEDIUM, 0, "no medium"))))
                .isEqualTo(
                        "e0.1: a flush failed and will be tried again, answered writes may not be durable: no medium");
        assertThat(List.of(
                        new TargetEvent.PortState("eth1", LinkState.DOWN),
                        new TargetEvent.PortMtu("eth1", 9000),
                        new TargetEvent.PortFailed("eth1", new IllegalStateException("x")),
                        new TargetEvent.DeviceThrew(e0, new IllegalStateException("x")),
                        new TargetEvent.ExportAdded(e0),
                        new TargetEvent.ExportRemoved(e0),
                        new TargetEvent.ExportChanged(
                                e0, MemoryDevice.create(512).geometry()),
                        new TargetEvent.Identified(e0, MacAddress.parse("52:54:00:aa:00:01")),
                        new TargetEvent.SettingsChanged(
                                e0, MacAddress.parse("52:54:00:aa:00:01"), ExportSettings.EMPTY),
                        new TargetEvent.SettingsNotSaved(e0, new IOException("full"))))
                .allSatisfy(event -> assertThat(ServeCommand.sentence(event))
                        .doesNotContain(event.getClass().getSimpleName())
                        .containsPattern("^(eth1|e0.1): "));
    }

    @Test
    void anUnreadableFileIsToldAsSuch() {
        assertThat(ExitCode.line(new AccessDeniedException("/etc/site.json")))
                .isEqualTo("no permission for /etc/site.json: check its owner and mode, and those of its folders");
        assertThat(ExitCode.line(new DirectoryNotEmptyException("/srv"))).isEqualTo("DirectoryNotEmpty: /srv");
    }

    @Test
    void aFileThatIsNoWholeNumberOfBlocksIsNotCopied(@TempDir Path dir) throws Exception {
        Path odd = Files.write(dir.resolve("odd.img"), new byte[1000]);
        assertThatThrownBy(() -> Devices.source(odd))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 1000 bytes")
                .hasMessageContaining("truncate --size=%512 ");
        Path even = Files.write(dir.resolve("even.img"), new byte[1024]);
        try (BlockDevice device = Devices.source(even)) {
            assertThat(device.geometry().size()).isEqualTo(1024);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 100, 512, 4096, 16_384})
    void aFileThatIsCopiedToGetsTheSizeOfItsSource(long before, @TempDir Path dir) throws Exception {
        Path file = Files.write(dir.resolve("to.img"), new byte[(int) before]);
        try (BlockDevice device = Devices.create(file, 4096)) {
            assertThat(device.geometry().size()).isEqualTo(4096);
        }
        assertThat(Files.size(file)).isEqualTo(4096);
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
