package io.diskless.cluster.cli;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.dhcp.DhcpdConfig;
import io.diskless.cluster.conf.dhcp.DnsmasqConfig;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.conf.guest.LibvirtDomain;
import io.diskless.cluster.conf.guest.XlConfig;
import io.diskless.cluster.conf.ha.CibConfig;
import io.diskless.cluster.conf.ha.CorosyncConfig;
import io.diskless.cluster.conf.md.MdadmConfig;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import io.diskless.cluster.conf.vblade.VbladeConfig;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The languages that can be checked, and how a file of each is told from the others: by its name, else by its text. */
enum Language {
    MODEL(".*\\.json", "^\\s*\\{\\s*\"", text -> {
        throw new IllegalStateException("a model is no configuration file");
    }),
    LIBVIRT("", "<domain[\\s>]", LibvirtDomain::parse),
    CIB("cib\\.xml", "<cib[\\s>]", CibConfig::parse),
    COROSYNC("corosync\\.conf", "(?m)^\\s*totem\\s*\\{", CorosyncConfig::parse),
    DRBD(
            "drbd.*\\.conf|.*\\.res",
            "(?m)^\\s*(skip\\s+)?(resource\\s+\\S+|global|common)\\s*\\{",
            text -> DrbdConfig.parse(text, IncludeResolver.files())),
    DRBD8_3("", "", text -> DrbdConfig.parse(text, DrbdDialect.V8_3, IncludeResolver.files())),
    DRBD8_4("", "", text -> DrbdConfig.parse(text, DrbdDialect.V8_4, IncludeResolver.files())),
    DRBD9("", "", text -> DrbdConfig.parse(text, DrbdDialect.V9, IncludeResolver.files())),
    OCFS2("cluster\\.conf", "(?m)^(cluster|node|heartbeat)\\s*:", Ocfs2Config::parse),
    DHCPD(
            "dhcpd.*\\.conf",
            "(?m)^\\s*(subnet\\s+\\S+\\s+netmask|host\\s+\\S+\\s*\\{|option\\s+\\S+.*;)",
            DhcpdConfig::parse),
    DNSMASQ(
            "dnsmasq.*\\.conf",
            "(?m)^\\s*(dhcp-host|dhcp-range|dhcp-boot|enable-tftp|pxe-service)\\b",
            DnsmasqConfig::parse),
    MDADM("mdadm.*\\.conf", "(?mi)^\\s*(ARRAY|DEVICE|MAILADDR|HOMEHOST)\\s", MdadmConfig::parse),
    XL(".*\\.cfg", "(?m)^\\s*(name|kernel|disk|vif|memory|builder)\\s*=", XlConfig::parse),
    VBLADE("", "(?m)^\\s*shelf\\s*=", VbladeConfig::parse);

    private final Pattern name;
    private final Pattern text;
    // Functions without state; the type cannot say so.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Function<ConfigText, ConfigDocument> parser;

    Language(String name, String text, Function<ConfigText, ConfigDocument> parser) {
        this.name = Pattern.compile(name);
        this.text = Pattern.compile(text);
        this.parser = parser;
    }

    ConfigDocument parse(ConfigText content) {
        return parser.apply(content);
    }

    /** The language of a file; empty if nothing tells it. */
    static Optional<Language> of(ConfigText content) {
        Path path = Path.of(content.name()).getFileName();
        String file = path == null ? "" : path.toString().toLowerCase(Locale.ROOT);
        for (Language language : values()) {
            if (!language.name.pattern().isEmpty()
                    && language.name.matcher(file).matches()) {
                return Optional.of(language);
            }
        }
        for (Language language : values()) {
            if (!language.text.pattern().isEmpty()
                    && language.text.matcher(content.text()).find()) {
                return Optional.of(language);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
