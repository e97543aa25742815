package io.diskless.drbd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.trace.Captures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TraceCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path dir;

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private List<String> lines() {
        return out.toString().lines().toList();
    }

    @Test
    void aHandshakeIsPrintedPacketByPacket() throws IOException {
        assertThat(run(
                        "trace",
                        Captures.unpack("kernel/01-connect-cram-md5", dir).toString()))
                .isZero();
        assertThat(lines())
                .first()
                .asString()
                .matches(" +0\\.000000 {2}10\\.9\\.0\\.1:\\d+ > 10\\.9\\.0\\.2:7789 {2}---- connected");
        assertThat(lines())
                .anyMatch(line -> line.endsWith("data  P_INITIAL_DATA"))
                .anyMatch(line -> line.endsWith("meta  P_INITIAL_META"))
                .anyMatch(line -> line.endsWith(
                        "P_CONNECTION_FEATURES  min=86  max=101" + "  features=TRIM, THIN_RESYNC, WSAME, WZEROES"))
                .anyMatch(line -> line.endsWith(
                        "==== protocol 101 with TRIM, THIN_RESYNC, WSAME, WZEROES," + " 16-byte headers from here on"))
                .anyMatch(line -> line.endsWith(
                        "P_STATE vol 0" + "  cs:WFConnection ro:Secondary/Unknown ds:Inconsistent/DUnknown"));
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void requestsAndVerdictsAreReadable() throws IOException {
        Path file = Captures.unpack("kernel/11-verify-md5-one-block-out-of-sync", dir);
        assertThat(run("trace", "--no-pings", file.toString())).isZero();
        assertThat(lines())
                .anyMatch(line -> line.endsWith("P_STATE_CHG_REQ vol 0  want=conn:VerifyS"))
                .anyMatch(line -> line.endsWith("P_STATE_CHG_REPLY vol 0  code=1  meaning=success"))
                .anyMatch(line -> line.contains("P_OV_RESULT vol 0  sector=56  result=out of sync  size=4096  seq="))
                .noneMatch(line -> line.contains("P_PING"));
    }

    @Test
    void jsonIsOneObjectALine() throws IOException {
        Path file = Captures.unpack("old-protocols/proto-88", dir);
        assertThat(run("trace", "--json", file.toString())).isZero();
        assertThat(lines())
                .allMatch(line -> line.startsWith("{\"nanos\":") && line.endsWith("}"))
                .anyMatch(line -> line.contains("\"event\":\"agreed\",\"version\":88,\"features\":\"\""))
                .anyMatch(line -> line.contains("\"header\":\"H80\",\"volume\":0,\"packet\":\"P_SYNC_PARAM\""));
    }

    @Test
    void whatIsNoCaptureIsSaidInOneLine() throws IOException {
        Path file = Files.writeString(dir.resolve("x"), "hello, this is no capture");
        assertThat(run("trace", file.toString())).isEqualTo(6);
        assertThat(err.toString().lines().toList())
                .singleElement()
                .asString()
                .startsWith("diskless-drbd: capture ")
                .contains("expected magic");
        assertThat(run("trace", dir.resolve("none").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("no such file: ");
        assertThat(run("trace")).isEqualTo(2);
        assertThat(err.toString()).contains("(see --help)");
    }
}
