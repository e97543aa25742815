package io.diskless.cluster.conf.vblade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.net.AoeAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VbladeConfigTest {
    private static VbladeConfig parse(String text) {
        return VbladeConfig.parse(ConfigText.of("web1.conf", text));
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        VbladeExport export = new VbladeExport(
                new AoeAddress(1, 10), "eth1", "/dev/vg/web 1", "-r -m 52:54:00:00:00:01,52:54:00:00:00:02");
        String text = VbladeConfig.render(export);
        assertThat(text).startsWith("shelf=1\nslot=10\nnetif='eth1'\nfilename='/dev/vg/web 1'\n");
        assertThat(parse(text).diagnostics()).isEmpty();
        assertThat(parse(text).export()).contains(export);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VbladeConfig.render(new VbladeExport(new AoeAddress(0, 1), "eth0", "it's", "")))
                .withMessageContaining("it's");
    }

    @Test
    void quotesCommentsAndOrderAreFree() {
        VbladeConfig config =
                parse("# web\n\n  slot=1 # one\nfilename=\"/dev/a b\"\nnetif=eth0\nshelf=0\nshelf=2\nionice='-c2'\n");
        assertThat(config.export()).contains(new VbladeExport(new AoeAddress(2, 1), "eth0", "/dev/a b", ""));
        assertThat(config.diagnostics())
                .singleElement()
                .asString()
                .contains("web1.conf:7:1: warning: shelf stands twice");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shelf=0;slot=1;netif=eth0|missing|without filename",
                "shelf=65535;slot=1;netif=e;filename=f|address|0 to 65534",
                "shelf=0;slot=255;netif=e;filename=f|address|0 to 254",
                "shelf=0;slot=x;netif=e;filename=f|address|0 to 254",
                "shelf = 0;slot=1;netif=e;filename=f|name|a name, and = right after it",
                "shelf=0;slot=1;netif=e;filename=$DISK|shell|a value in single quotes",
                "shelf=0;slot=1;netif=e;filename=/dev/a b|more-words|one value",
                "shelf=0;slot=1;netif=e;filename=\"/dev/a|quote|ends",
                "shelf=0;slot=1;netif=e;filename=f;vblade 0 1|no-assignment|name=value",
                "shelf=0;slot=1;netif=averyveryverylongname;filename=f|interface|1 to 15",
                "shelf=0;slot=1;netif=e;filename=f;options='-x'|option|-b -o -l -d -s -r -m",
                "shelf=0;slot=1;netif=e;filename=f;options='-m 52:54'|option|Ethernet addresses"
            })
    void whatBothReadersDoNotReadAlikeIsAnError(String lines, String code, String says) {
        VbladeConfig config = parse(lines.replace(';', '\n') + "\n");
        assertThat(config.isAccepted()).isFalse();
        assertThat(config.export()).isEmpty();
        Diagnostic first = config.diagnostics().stream()
                .filter(Diagnostic::isError)
                .findFirst()
                .orElseThrow();
        assertThat(first.code()).isEqualTo("vblade." + code);
        assertThat(first.message() + first.expected().replace("\"", "ends")).contains(says);
    }

    @Test
    void aListingFromAWebPageIsRepaired() {
        ConfigText text = ConfigText.of(
                "web1.conf",
                "shelf = 0\nslot=1\nnetif=\u2018eth0\u2019\nfilename=\u201c/dev/sdb\u201d\noptions='\u2013r'\n");
        VbladeConfig config = VbladeConfig.parse(text);
        assertThat(config.isAccepted()).isFalse();
        ConfigText once = text.repaired(config.diagnostics());
        assertThat(once.text()).isEqualTo("shelf=0\nslot=1\nnetif='eth0'\nfilename=\"/dev/sdb\"\noptions='-r'\n");
        VbladeConfig again = VbladeConfig.parse(once);
        assertThat(again.diagnostics()).isEmpty();
        assertThat(again.export().orElseThrow().options()).isEqualTo("-r");
    }

    @Test
    void aDashInTheNameOfADeviceIsToldAndNotGuessed() {
        ConfigText text =
                ConfigText.of("web1.conf", "shelf=0\nslot=1\nnetif=\u2018eth0\u2019\nfilename=/dev/vg/web\u20131\n");
        VbladeConfig config = VbladeConfig.parse(text);
        assertThat(config.diagnostics())
                .anySatisfy(found ->
                        assertThat(found.toString()).startsWith("web1.conf:4:21: error: the character U+2013"));
        assertThat(text.repaired(config.diagnostics()).text())
                .isEqualTo("shelf=0\nslot=1\nnetif='eth0'\nfilename=/dev/vg/web\u20131\n");
    }

    @Test
    void anUnknownNameIsToldAndKept() {
        VbladeConfig config = parse("shelf=0\nslot=1\nnetif=e\nfilename=f\ncolour=red\n");
        assertThat(config.isAccepted()).isTrue();
        assertThat(config.diagnostics()).singleElement().asString().contains("nobody reads \"colour\"");
        assertThat(config.text().text()).contains("colour=red");
    }
}
