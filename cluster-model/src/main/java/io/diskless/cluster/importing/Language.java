package io.diskless.cluster.importing;

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
import io.diskless.cluster.conf.ha.HaResources;
import io.diskless.cluster.conf.ha.HeartbeatConfig;
import io.diskless.cluster.conf.md.MdadmConfig;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import io.diskless.cluster.conf.vblade.VbladeConfig;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The languages that can be read, and how a file of each is told from the others: by its name, else by its text. Immutable. */
public enum Language {
    /** A site as JSON; no configuration file. */
    MODEL(".*\\.json", "^\\s*\\{\\s*\"", text -> {
        throw new IllegalStateException("a model is no configuration file");
    }),
    /** A libvirt domain. */
    LIBVIRT("", "<domain[\\s>]", LibvirtDomain::parse),
    /** Pacemaker's configuration. */
    CIB("cib\\.xml", "<cib[\\s>]", CibConfig::parse),
    /** corosync.conf. */
    COROSYNC("corosync\\.conf", "(?m)^\\s*totem\\s*\\{", CorosyncConfig::parse),
    /** drbd.conf, whatever its dialect. */
    DRBD(
            "drbd.*\\.conf|.*\\.res",
            "(?m)^\\s*(skip\\s+)?(resource\\s+\\S+|global|common)\\s*\\{",
            text -> DrbdConfig.parse(text, IncludeResolver.files())),
    /** drbd.conf of 8.3. */
    DRBD8_3("", "", text -> DrbdConfig.parse(text, DrbdDialect.V8_3, IncludeResolver.files())),
    /** drbd.conf of 8.4. */
    DRBD8_4("", "", text -> DrbdConfig.parse(text, DrbdDialect.V8_4, IncludeResolver.files())),
    /** drbd.conf of 9. */
    DRBD9("", "", text -> DrbdConfig.parse(text, DrbdDialect.V9, IncludeResolver.files())),
    /** OCFS2's cluster.conf. */
    OCFS2("cluster\\.conf", "(?m)^(cluster|node|heartbeat)\\s*:", Ocfs2Config::parse),
    /** dhcpd.conf. */
    DHCPD(
            "dhcpd.*\\.conf",
            "(?m)^\\s*(subnet\\s+\\S+\\s+netmask|host\\s+\\S+\\s*\\{|option\\s+\\S+.*;)",
            DhcpdConfig::parse),
    /** dnsmasq.conf. */
    DNSMASQ(
            "dnsmasq.*\\.conf",
            "(?m)^\\s*(dhcp-host|dhcp-range|dhcp-boot|enable-tftp|pxe-service)\\b",
            DnsmasqConfig::parse),
    /** mdadm.conf. */
    MDADM("mdadm.*\\.conf", "(?mi)^\\s*(ARRAY|DEVICE|MAILADDR|HOMEHOST)\\s", MdadmConfig::parse),
    /** The ha.cf of Heartbeat. */
    HEARTBEAT("ha\\.cf", "(?m)^\\s*(auto_failback|keepalive|deadtime)\\s", HeartbeatConfig::parse),
    /** The haresources of Heartbeat. */
    HARESOURCES("haresources", "(?m)^\\S+\\s.*(drbddisk|Filesystem|IPaddr)::", HaResources::parse),
    /** A guest of xl. */
    XL(".*\\.cfg", "(?m)^\\s*(name|kernel|disk|vif|memory|builder)\\s*=", XlConfig::parse),
    /** An export of vblade. */
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

    /**
     * Reads a text.
     *
     * @param content the file
     * @return what was understood, and what is wrong
     * @throws IllegalStateException for a model
     */
    public ConfigDocument parse(ConfigText content) {
        return parser.apply(content);
    }

    /**
     * The language of a file.
     *
     * @param content the file
     * @return empty if nothing tells it
     */
    public static Optional<Language> of(ConfigText content) {
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

    /** {@return the word for it on command lines} */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
