package io.diskless.cluster.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigTextTest {
    @Test
    void bytesComeBackAsTheyWere() {
        byte[] latin = {'a', (byte) 0xE9, '\r', '\n', 'b'};
        ConfigText text = ConfigText.decode("f", latin);
        assertThat(text.charset()).isEqualTo(StandardCharsets.ISO_8859_1);
        assertThat(text.bytes()).isEqualTo(latin);

        byte[] utf8 = "\uFEFFgl\u00f6bal\r\n\tx".getBytes(StandardCharsets.UTF_8);
        assertThat(ConfigText.decode("f", utf8).charset()).isEqualTo(StandardCharsets.UTF_8);
        assertThat(ConfigText.decode("f", utf8).bytes()).isEqualTo(utf8);
    }

    @Test
    void positionsCountLinesOfEveryKindAndUnicodeCharacters() {
        ConfigText text = ConfigText.of("f", "a\r\nb\rc\n\uD83D\uDE00d");
        assertThat(text.lineCount()).isEqualTo(4);
        assertThat(text.position(0)).hasToString("f:1:1");
        assertThat(text.position(3)).hasToString("f:2:1");
        assertThat(text.position(5)).hasToString("f:3:1");
        assertThat(text.position(9)).as("after one character of two units").hasToString("f:4:2");
        assertThat(text.slice(text.lineBody(1))).isEqualTo("a");
        assertThat(text.slice(text.lineSpan(2))).isEqualTo("b\r");
        assertThat(text.lineSeparator()).isEqualTo("\r\n");
    }

    @Test
    void aFinalLineEndStartsNoLine() {
        assertThat(ConfigText.of("f", "a\n").lineCount()).isEqualTo(1);
        assertThat(ConfigText.of("f", "a\n\n").lineCount()).isEqualTo(2);
        assertThat(ConfigText.of("f", "").lineCount()).isEqualTo(1);
        assertThat(ConfigText.of("f", "").position(0)).hasToString("f:1:1");
    }

    @Test
    void editsAreDoneAtOnceAndMayNotOverlap() {
        ConfigText text = ConfigText.of("f", "one two three");
        ConfigText changed = text.with(List.of(
                TextEdit.replace(new Span(8, 13), "3"), TextEdit.insert(0, "<"), TextEdit.delete(new Span(3, 7))));
        assertThat(changed.text()).isEqualTo("<one 3");
        assertThatThrownBy(() -> text.with(List.of(TextEdit.delete(new Span(0, 5)), TextEdit.delete(new Span(4, 6)))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> text.with(List.of(TextEdit.insert(14, "x"))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCharacterThatTheOldSetLacksMakesItUtf8() {
        ConfigText latin = ConfigText.decode("f", new byte[] {(byte) 0xE9});
        ConfigText changed = latin.with(List.of(TextEdit.insert(1, "\u201C")));
        assertThat(changed.charset()).isEqualTo(StandardCharsets.UTF_8);
        assertThat(changed.text()).isEqualTo("\u00e9\u201C");
    }

    @Test
    void nothingPrintsTheText() {
        assertThat(ConfigText.of("f", "secret").toString()).doesNotContain("secret");
        assertThat(new Word("secret", new Span(0, 6), false).toString()).doesNotContain("secret");
        assertThat(TextEdit.insert(0, "secret").toString()).doesNotContain("secret");
    }
}
