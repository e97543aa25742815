package io.diskless.netboot.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.netboot.tftp.TftpContent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes to the socket: of a file no octet passes through the program, unless it is as small as a script. */
class AnswersTest {
    @TempDir
    Path folder;

    private static List<Object> written(TftpContent content, String headers) {
        EmbeddedChannel wire = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return new InetSocketAddress(2000);
            }
        };
        HttpBootServer.equip(wire.pipeline(), content, report -> {});
        wire.writeInbound(Unpooled.copiedBuffer(
                "GET /disk.img HTTP/1.1\r\nHost: boot\r\n" + headers + "\r\n", StandardCharsets.US_ASCII));
        wire.runPendingTasks();
        List<Object> all = new ArrayList<>();
        for (Object part = wire.readOutbound(); part != null; part = wire.readOutbound()) {
            all.add(part);
        }
        return all;
    }

    @Test
    void aFileIsARegionOfItself() throws IOException {
        Files.write(folder.resolve("disk.img"), new byte[100_000]);
        List<Object> whole = written(TftpContent.files(folder), "");
        assertThat(whole)
                .filteredOn(DefaultFileRegion.class::isInstance)
                .singleElement()
                .satisfies(part -> {
                    assertThat(((DefaultFileRegion) part).position()).isZero();
                    assertThat(((DefaultFileRegion) part).count()).isEqualTo(100_000);
                });
        assertThat(octets(whole)).as("the head and no more").isLessThan(1000);
        List<Object> range = written(TftpContent.files(folder), "Range: bytes=10-50009\r\n");
        assertThat(range)
                .filteredOn(DefaultFileRegion.class::isInstance)
                .singleElement()
                .satisfies(part -> {
                    assertThat(((DefaultFileRegion) part).position()).isEqualTo(10);
                    assertThat(((DefaultFileRegion) part).count()).isEqualTo(50_000);
                });
        whole.forEach(ReferenceCountUtil::release);
        range.forEach(ReferenceCountUtil::release);
    }

    @Test
    void memoryIsReadAsItGoes() {
        List<Object> all = written(TftpContent.memory(Map.of("disk.img", new byte[100_000])), "");
        assertThat(all).noneMatch(DefaultFileRegion.class::isInstance);
        assertThat(octets(all)).isGreaterThan(100_000);
        all.forEach(ReferenceCountUtil::release);
    }

    private static long octets(List<Object> parts) {
        return parts.stream()
                .filter(ByteBuf.class::isInstance)
                .mapToLong(part -> ((ByteBuf) part).readableBytes())
                .sum();
    }
}
