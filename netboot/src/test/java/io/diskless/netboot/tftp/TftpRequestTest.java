package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.netboot.tftp.TftpRequest.Option;
import io.diskless.netboot.tftp.TftpRequest.Verdict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TftpRequestTest {

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.replace('|', '\0').getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void whatEdk2AsksIsDecodedAndEncodesToTheSameBytes() {
        ByteBuffer wire = bytes("|\1grubx64.efi|octet|tsize|0|blksize|1468|windowsize|4|");
        TftpRequest request = TftpRequest.decode(wire);
        assertThat(request)
                .isEqualTo(new TftpRequest(
                        false,
                        "grubx64.efi",
                        "octet",
                        List.of(
                                new Option("tsize", "0"),
                                new Option("blksize", "1468"),
                                new Option("windowsize", "4"))));
        assertThat(ByteBuffer.wrap(request.encode())).isEqualTo(wire);
        assertThat(request.option("BlkSize")).contains("1468");
        assertThat(request.option("multicast")).isEmpty();
    }

    @Test
    void everyPrefixOfARequestIsEitherWrongOrAShorterRequest() {
        ByteBuffer whole = bytes("|\2a|netascii|x||");
        List<Verdict> verdicts = java.util.stream.IntStream.rangeClosed(0, whole.limit())
                .mapToObj(length -> TftpRequest.verdict(whole.duplicate().limit(length)))
                .toList();
        assertThat(verdicts.subList(0, 2)).containsOnly(Verdict.TRUNCATED);
        assertThat(verdicts.get(4)).isEqualTo(Verdict.NO_MODE);
        assertThat(verdicts.get(13)).isEqualTo(Verdict.OK);
        assertThat(verdicts.get(15)).isEqualTo(Verdict.INCOMPLETE_OPTION);
        assertThat(verdicts.get(16)).isEqualTo(Verdict.OK);
        assertThat(verdicts.stream().filter(Verdict.OK::equals)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "'|\3|\1',NOT_A_REQUEST",
        "'|\1|octet|',NO_NAME",
        "'|\1a||',NO_MODE",
        "'|\1a|',NO_MODE",
        "'|\1',UNTERMINATED",
        "'|\1a|octet',UNTERMINATED",
        "'|\1a|octet|blksize|',INCOMPLETE_OPTION",
        "'|\1a|octet||9|',INCOMPLETE_OPTION"
    })
    void wrongBytesAreNamedAndNotDecoded(String text, Verdict verdict) {
        assertThat(TftpRequest.verdict(bytes(text))).isEqualTo(verdict);
        assertThatThrownBy(() -> TftpRequest.decode(bytes(text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(verdict.name());
    }

    @Test
    void aRequestIsNotLongerThanTheStandardAllows() {
        String most = "a".repeat(TftpRequest.MAX_LENGTH - "||octet|".length() - 1);
        assertThat(TftpRequest.verdict(bytes("|\1" + most + "|octet|"))).isEqualTo(Verdict.OK);
        assertThat(TftpRequest.verdict(bytes("|\1b" + most + "|octet|"))).isEqualTo(Verdict.TOO_LONG);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..", "../a", "a/../b", "a/..", "./a", "//a", "a//b", "a/", "/", "C:/a", "a\\b", "..\\a", "a\nb",
                "\u00ff"
            })
    void namesThatCouldLeaveTheRootAreRefused(String name) {
        assertThat(Names.relative(name, false)).isEmpty();
    }

    @Test
    void oneLeadingSlashGoesAndBackslashesSeparateOnlyWhereAllowed() {
        assertThat(Names.relative("/boot/vmlinuz", false)).contains("boot/vmlinuz");
        assertThat(Names.relative("\\Boot\\BCD", true)).contains("Boot/BCD");
        assertThat(Names.relative("..\\a", true)).isEmpty();
        assertThat(Names.relative("\u00c3\u00a9", false)).contains("\u00e9");
    }
}
