package io.diskless.cluster.conf;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.CaptureFiles.Sample;
import io.diskless.cluster.conf.dhcp.DhcpdConfig;
import io.diskless.cluster.conf.dhcp.DnsmasqConfig;
import io.diskless.cluster.conf.guest.LibvirtDomain;
import io.diskless.cluster.conf.guest.XlConfig;
import io.diskless.cluster.conf.ha.CibConfig;
import io.diskless.cluster.conf.ha.CorosyncConfig;
import io.diskless.cluster.conf.md.MdadmConfig;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every sample gets the verdict of the program that owns its format; drbd.conf has a test of its own. */
class ConfigVectorsTest {
    /** Right for their program, and still worth a word: what is unknown is lost when the tool writes. */
    private static final Set<String> GOOD_WITH_WARNINGS = Set.of("ocfs2-unknown-key-and-stanza.conf");

    record Language(String prefix, String suffix, Function<ConfigText, ConfigDocument> parser) {
        @Override
        public String toString() {
            return prefix + "*" + suffix;
        }
    }

    static final List<Language> LANGUAGES = List.of(
            new Language("ocfs2-", ".conf", Ocfs2Config::parse),
            new Language("dhcpd-", ".conf", DhcpdConfig::parse),
            new Language("dnsmasq-", ".conf", DnsmasqConfig::parse),
            new Language("mdadm-", ".conf", MdadmConfig::parse),
            new Language("corosync-", ".conf", CorosyncConfig::parse),
            new Language("xl-", ".cfg", XlConfig::parse),
            new Language("xl-", ".disk", XlConfig::parseDisk),
            new Language("libvirt-", ".xml", LibvirtDomain::parse),
            new Language("cib-", ".xml", CibConfig::parse));

    @Test
    void noSampleIsForgotten() {
        long drbd = CaptureFiles.of("drbd-", ".conf").size();
        assertThat(samples().count() + drbd)
                .isEqualTo(CaptureFiles.of("", "").size())
                .isEqualTo(192);
    }

    static Stream<Arguments> samples() {
        List<Arguments> cases = new ArrayList<>();
        for (Language language : LANGUAGES) {
            CaptureFiles.of(language.prefix(), language.suffix())
                    .forEach(sample -> cases.add(Arguments.of(language, sample)));
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void theVerdictIsTheToolsOwn(Language language, Sample sample) {
        ConfigDocument document = language.parser().apply(sample.text());
        boolean accepted = Stream.of(sample.verdict().split(" ", -1))
                .allMatch(verdict -> verdict.endsWith("=0") || verdict.endsWith("=silent"));
        assertThat(document.isAccepted())
                .as("%s: %s", sample, document.diagnostics())
                .isEqualTo(accepted);
        assertThat(document.text().bytes()).isEqualTo(CaptureFiles.bytes(sample.folder() + "/" + sample.name()));
        Mutations.assertWellFormed(document.tree());
        if (sample.isLenient()) {
            assertThat(document.diagnostics())
                    .as("the tool lets it through, we do not")
                    .isNotEmpty();
        }
        if (sample.isGood() && !GOOD_WITH_WARNINGS.contains(sample.name())) {
            assertThat(document.diagnostics()).as("a right file has no finding").isEmpty();
        }
        for (Diagnostic diagnostic : document.diagnostics()) {
            assertThat(diagnostic.position().file()).isEqualTo(sample.name());
            assertThat(diagnostic.position().line()).isBetween(1, sample.text().lineCount());
            assertThat(diagnostic.message()).isNotBlank();
        }
    }
}
