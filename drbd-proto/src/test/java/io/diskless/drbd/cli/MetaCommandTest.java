package io.diskless.drbd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MetaCommandTest {
    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();

    private int run(Object... words) {
        out.getBuffer().setLength(0);
        PrintWriter writer = new PrintWriter(out, true);
        String[] args = new String[words.length];
        for (int i = 0; i < words.length; i++) {
            args[i] = words[i].toString();
        }
        return new CommandLine(new MetaCommand())
                .setOut(writer)
                .setErr(writer)
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    writer.println(e.getMessage());
                    return 1;
                })
                .execute(args);
    }

    private Path image(String name, long size) throws IOException {
        Path file = directory.resolve(name);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
        return file;
    }

    /** A captured tail of a device of 2 MiB. */
    private Path captured(String name) throws IOException {
        Path file = image(name, 2 << 20);
        try (InputStream in = new GZIPInputStream(Objects.requireNonNull(
                        getClass().getResourceAsStream("/io/diskless/drbd/meta/" + name + ".tail40960.gz")));
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            byte[] bytes = in.readAllBytes();
            channel.write(ByteBuffer.wrap(bytes), (2 << 20) - bytes.length);
        }
        return file;
    }

    @Test
    void makesWhatTheConfigurationSays() throws IOException {
        Path data = image("data.img", 8 << 20);
        Path meta = image("meta.img", 4 << 20);
        Path conf = directory.resolve("drbd.conf");
        Files.writeString(conf, """
                resource r0 {
                  disk { al-extents 301; }
                  on alice { device /dev/drbd0; disk %s; flexible-meta-disk %s; address 10.0.0.1:7788; }
                  on bob { device /dev/drbd0; disk /dev/none; meta-disk internal; address 10.0.0.2:7788; }
                }
                """.formatted(data, meta));
        assertThat(run("create", "r0", "--conf", conf, "--host", "alice"))
                .as("%s", out)
                .isZero();
        assertThat(run("dump", meta, "--place", "flex-external", "--data", data))
                .isZero();
        assertThat(out.toString())
                .contains("0x0000000000000004; 0x0000000000000000;")
                .contains("# al-extents 301;")
                .contains("# md_size_sect 8192");
        assertThat(run("create", "r0", "--conf", conf, "--host", "alice")).isEqualTo(1);
        assertThat(out.toString()).contains("there is DRBD meta-data already");
        assertThat(run("create", "r0", "--conf", conf, "--host", "alice", "--force"))
                .isZero();
        assertThat(run("create", "r0", "--conf", conf, "--host", "eve")).isEqualTo(1);
        assertThat(out.toString()).contains("no section for host eve");
    }

    @Test
    void dumpsAndRestores() throws IOException {
        Path from = captured("v08-restored-custom-2MiB");
        assertThat(run("dump", from)).isZero();
        assertThat(out.toString()).contains("0x0000A00000000005;").contains("# bits-set 4;");
        Path text = directory.resolve("dump.txt");
        Files.writeString(text, out.toString());
        Path to = image("to.img", 2 << 20);
        assertThat(run("restore", to, text)).as("%s", out).isZero();
        assertThat(Files.mismatch(from, to)).isEqualTo(-1);
    }

    @Test
    void appliesTheLogOnce() throws IOException {
        Path live = captured("v08-kernel61-live-primary-2MiB");
        assertThat(run("apply-al", live)).isZero();
        assertThat(out.toString()).contains("1 extents");
        assertThat(Files.mismatch(live, captured("v08-kernel61-live-then-apply-al-2MiB")))
                .isEqualTo(-1);
        assertThat(run("apply-al", live)).isZero();
        assertThat(out.toString()).contains("0 extents");
    }

    @Test
    void explainsWhatAConnectWouldDecide() throws IOException {
        Path custom = captured("v08-restored-custom-2MiB");
        Path fresh = image("fresh.img", 2 << 20);
        assertThat(run("explain", custom, "4:0:0:0")).as("%s", out).isZero();
        assertThat(out.toString()).contains("by rule 30").contains("conn -> WFBitMapS");
        assertThat(run("explain", "A0:0:0:0", "C0:A0:0:0:1:1:0:0:0:0:0")).isZero();
        assertThat(out.toString()).contains("by rule 50").contains("conn -> WFBitMapT");
        assertThat(run("explain", "A0:B0:0:0", "C0:B0:0:0")).isZero();
        assertThat(out.toString()).contains("by rule 90").contains("conn -> Disconnecting");
        assertThat(run("explain", fresh, "4:0:0:0")).isEqualTo(1);
        assertThat(out.toString()).contains("no DRBD meta-data here");
    }
}
