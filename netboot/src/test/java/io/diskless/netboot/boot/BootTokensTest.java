package io.diskless.netboot.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A secret is fetched once, by its machine, in time. */
class BootTokensTest {
    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");
    private static final Inet4Address OWN = DhcpHeader.address(0x0A4D0064);
    private static final Inet4Address OTHER = DhcpHeader.address(0x0A4D0065);
    private static final String SCRIPT = BootFiles.script(RUBY);

    private Instant now = Instant.EPOCH;
    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };
    private final BootTokens tokens = new BootTokens(
            machine -> Optional.of(("secret of " + machine).getBytes(StandardCharsets.UTF_8)),
            (machine, address) -> !machine.equals(RUBY) || address.equals(OWN),
            Duration.ofMinutes(5),
            3,
            new SecureRandom(),
            clock);
    private final BootFiles files = new BootFiles(
            StandardPolicy.of(
                            new HostList(List.of(Host.of(RUBY, HostTag.STORAGE_NODE, "ruby"))),
                            Map.of(
                                    HostTag.STORAGE_NODE,
                                    BootProfile.ipxe(kernel()).build()))
                    .withStrangers(BootProfile.ipxe(kernel()).build()),
            "http://10.77.0.1/",
            tokens);

    private static BootAnswer kernel() {
        return new BootAnswer.Kernel("vmlinuz", List.of(), "token=" + BootTokens.PLACEHOLDER);
    }

    private String token(String file, Inet4Address client) throws IOException {
        String text = new String(files.find(file, client).orElseThrow(), StandardCharsets.UTF_8);
        return text.replaceAll("(?s).*token=([0-9a-f]{32})\\s.*", "$1");
    }

    private Optional<String> secret(String token, Inet4Address client) throws IOException {
        return files.find("boot/token/" + token, client).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    @Test
    void onceAndByItsMachineAlone() throws IOException {
        String token = token(SCRIPT, OWN);
        assertThat(token).hasSize(32);
        assertThat(secret(token, OTHER)).as("from another's address").isEmpty();
        assertThat(secret(token, OWN)).contains("secret of " + RUBY);
        assertThat(secret(token, OWN)).as("the second time").isEmpty();
        assertThat(secret("0".repeat(32), OWN)).isEmpty();
        assertThat(secret("", OWN)).isEmpty();
        assertThat(tokens.outstanding()).isZero();
    }

    @Test
    void everyFileHasAFreshOneAndTheLastCounts() throws IOException {
        String first = token(SCRIPT, OWN);
        String second = token("pxelinux.cfg/01-52-54-00-77-00-01", OWN);
        String third = token("grub/grub.cfg-01-52-54-00-77-00-01", OWN);
        assertThat(List.of(first, second, third)).doesNotHaveDuplicates();
        assertThat(secret(first, OWN)).isEmpty();
        assertThat(secret(second, OWN)).isEmpty();
        assertThat(secret(third, OWN)).isPresent();
    }

    @Test
    void anotherGetsNoFileWithATokenInIt() {
        assertThatThrownBy(() -> files.find(SCRIPT, OTHER))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessageContaining("10.77.0.101 is not the machine's address");
        assertThatThrownBy(() -> files.find(SCRIPT)).isInstanceOf(AccessDeniedException.class);
        assertThat(tokens.outstanding()).isZero();
    }

    @Test
    void itIsOverAfterAWhile() throws IOException {
        String token = token(SCRIPT, OWN);
        now = now.plus(Duration.ofMinutes(5));
        assertThat(secret(token, OWN)).isEmpty();
    }

    @Test
    void thereAreAtMostSoMany() throws IOException {
        String oldest = token(SCRIPT, OWN);
        for (int i = 2; i < 1000; i++) {
            token(BootFiles.script(MacAddress.of(i)), OTHER);
        }
        assertThat(tokens.outstanding()).isEqualTo(3);
        assertThat(secret(oldest, OWN)).isEmpty();
    }
}
