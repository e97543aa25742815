package io.diskless.cluster.conf.dhcp;

import io.diskless.cluster.conf.TextEdit;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Values;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads {@code dhcp-host} lines: fields in any order, each taken for what it looks like. dnsmasq takes what looks like
 * nothing for a name, so a mistyped address goes unseen there. Confined to one call.
 */
final class DnsmasqHostLine {
    private static final Pattern COLONS = Pattern.compile("(?:[0-9A-Fa-f]{2}-)?[^:]*(:[^:]*)+");
    private static final Pattern DASHES = Pattern.compile("([0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}");
    private static final Pattern LEASE = Pattern.compile("[0-9]+[smhdw]?|infinite");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?");

    private final Reporter reporter;
    private final Map<MacAddress, Word> macs = new HashMap<>();
    private final Map<String, Word> addresses = new HashMap<>();

    DnsmasqHostLine(Reporter reporter) {
        this.reporter = reporter;
    }

    DhcpHost read(List<Word> fields) {
        List<MacAddress> cards = new ArrayList<>();
        List<String> fixed = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        String name = "";
        for (Word field : fields) {
            String text = field.value();
            if (isOther(text)) {
                continue;
            }
            if (text.startsWith("set:")) {
                tags.add(text.substring(4));
            } else if (text.indexOf(':') >= 0 && COLONS.matcher(text).matches()) {
                mac(field).ifPresent(cards::add);
            } else if (Values.looksLikeIpv4(text)) {
                if (address(field)) {
                    fixed.add(text);
                }
            } else if (!LEASE.matcher(text).matches() && !text.isEmpty()) {
                name(field);
                name = text;
            }
        }
        return new DhcpHost(name, cards, fixed, tags, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Fields that say nothing about a card, an address or a name. */
    private static boolean isOther(String text) {
        return text.startsWith("id:") || text.startsWith("tag:") || text.equals("ignore") || text.startsWith("[");
    }

    private Optional<MacAddress> mac(Word field) {
        String text = field.value();
        String bytes = text.substring(text.indexOf('-') + 1);
        String[] parts = bytes.split(":", -1);
        boolean wild = false;
        for (String part : parts) {
            wild |= part.equals("*");
            if (!part.equals("*") && (!Values.isHex(part) || part.length() > 2)) {
                reporter.error(
                        field.span(), "hex", "\"" + part + "\" is no hexadecimal byte", "two hexadecimal digits");
                return Optional.empty();
            }
        }
        if (parts.length != MacAddress.BYTES) {
            reporter.warning(
                    field.span(),
                    "mac-length",
                    "a hardware address of " + parts.length + " bytes matches no Ethernet card",
                    "six bytes");
            return Optional.empty();
        }
        if (wild) {
            return Optional.empty();
        }
        MacAddress mac = MacAddress.parse(bytes);
        Word first = macs.putIfAbsent(mac, field);
        if (first != null) {
            reporter.warning(
                    field.span(),
                    "duplicate-mac",
                    mac + " is used on line "
                            + reporter.text().line(first.span().start()),
                    "each MAC in one line");
        }
        if (mac.isMulticast()) {
            reporter.warning(
                    field.span(), "multicast-mac", mac + " is the address of a group", "an address of one card");
        }
        return Optional.of(mac);
    }

    private boolean address(Word field) {
        if (!Values.isIpv4(field.value())) {
            reporter.warning(
                    field.span(),
                    "address",
                    "\"" + field.value() + "\" is no address; dnsmasq takes it for a name",
                    "four numbers from 0 to 255");
            return false;
        }
        Word first = addresses.putIfAbsent(field.value(), field);
        if (first != null) {
            reporter.error(
                    field.span(),
                    "duplicate-address",
                    field.value() + " is given on line "
                            + reporter.text().line(first.span().start()),
                    "each address once");
        }
        return true;
    }

    private void name(Word field) {
        String text = field.value();
        if (DASHES.matcher(text).matches()) {
            String right = text.replace('-', ':');
            reporter.warning(
                    field.span(),
                    "mac-dashes",
                    "a MAC with dashes: dnsmasq takes it for a name",
                    right,
                    TextEdit.replace(field.span(), right));
        } else if (!NAME.matcher(text).matches()) {
            reporter.error(
                    field.span(), "host-name", "\"" + text + "\" is no host name", "letters, digits and dashes within");
        }
    }
}
