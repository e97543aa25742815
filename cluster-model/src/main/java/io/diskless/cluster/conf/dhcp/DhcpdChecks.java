package io.diskless.cluster.conf.dhcp;

import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
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

/** Looks at the host declarations, and at what they need of the rest. Confined to one call. */
final class DhcpdChecks {
    private static final Pattern DASHES = Pattern.compile("([0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}");
    private static final Pattern PLAIN = Pattern.compile("[0-9A-Fa-f]{12}");
    private static final Pattern COLONS = Pattern.compile("[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2})*");

    private final Reporter reporter;
    private final ConfigTree tree;
    private final List<long[]> subnets = new ArrayList<>();
    private final Map<String, Statement> names = new HashMap<>();
    private final Map<MacAddress, Word> macs = new HashMap<>();
    private final Map<String, Word> addresses = new HashMap<>();

    DhcpdChecks(Reporter reporter, ConfigTree tree) {
        this.reporter = reporter;
        this.tree = tree;
    }

    void run() {
        List<Statement> all = tree.flatten();
        all.stream().filter(s -> s.is("subnet") && s.arguments().size() == 3).forEach(s -> {
            String net = s.arguments().get(0).value();
            String mask = s.arguments().get(2).value();
            if (Values.isIpv4(net) && Values.isIpv4(mask)) {
                subnets.add(new long[] {Values.ipv4(net), Values.ipv4(mask)});
            }
        });
        for (Statement statement : all) {
            switch (statement.keyword().value()) {
                case "host" -> host(statement);
                case "filename", "server-name" -> text(statement, 0);
                case "option" -> option(statement);
                default -> {}
            }
        }
    }

    private void option(Statement option) {
        String name = option.argument(0).orElse("");
        boolean definition = option.argument(1).filter("code"::equals).isPresent();
        if (!definition && (name.equals("host-name") || name.equals("root-path"))) {
            text(option, 1);
        }
    }

    /** A value that must stand in quotes. */
    private void text(Statement statement, int index) {
        if (statement.arguments().size() <= index) {
            reporter.error(Span.at(statement.keyword().span().end()), "missing-value", "no value", "a quoted text");
            return;
        }
        Word word = statement.arguments().get(index);
        boolean expression = word.value().equals("=") || word.value().endsWith("(");
        if (!word.quoted() && !expression) {
            reporter.error(
                    word.span(),
                    "unquoted-text",
                    "a text without quotes",
                    "\"" + word.value() + "\"",
                    TextEdit.replace(word.span(), "\"" + word.value() + "\""));
        }
    }

    private void host(Statement host) {
        if (host.arguments().size() != 1) {
            reporter.error(host.keyword().span(), "host-name", "a host has one name", "host NAME {");
            return;
        }
        Word name = host.arguments().get(0);
        if (name.quoted()) {
            reporter.error(
                    name.span(),
                    "quoted-host-name",
                    "the name of a host is not quoted",
                    name.value(),
                    TextEdit.replace(name.span(), name.value()));
        }
        Statement first = names.putIfAbsent(name.value(), host);
        if (first != null) {
            reporter.error(
                    name.span(),
                    "duplicate-host",
                    "host " + name.value() + " is declared on line "
                            + reporter.text().line(first.span().start()),
                    "another name");
        }
        host.all("hardware").forEach(this::hardware);
        host.all("fixed-address").forEach(this::fixedAddress);
        host.all("next-server").forEach(s -> s.arguments().forEach(this::octets));
        if (host.last("hardware").isEmpty() && host.last("host-identifier").isEmpty()) {
            reporter.warning(name.span(), "empty-host", "nothing says which machine this is", "hardware ethernet MAC;");
        }
    }

    private void hardware(Statement hardware) {
        List<Word> words = hardware.arguments();
        if (words.size() != 2) {
            boolean more = words.size() > 2;
            // Behind a quoted text a semicolon may still stand inside of it: the quote may not be closed.
            boolean certain = more && !words.get(1).quoted();
            reporter.error(
                    more
                            ? words.get(2).span()
                            : Span.at(hardware.keyword().span().end()),
                    more ? "missing-semicolon" : "missing-value",
                    more ? "the statement does not end" : "no hardware address",
                    more ? ";" : "ethernet MAC",
                    certain
                            ? new TextEdit[] {
                                TextEdit.insert(words.get(1).span().end(), ";")
                            }
                            : new TextEdit[0]);
        }
        if (words.size() < 2 || !words.get(0).value().equals("ethernet")) {
            return;
        }
        Word word = words.get(1);
        String mac = word.value();
        if (DASHES.matcher(mac).matches() || PLAIN.matcher(mac).matches()) {
            String right = mac.replace("-", "").replaceAll("(..)(?=.)", "$1:");
            reporter.error(
                    word.span(),
                    "mac",
                    "the bytes of a MAC are separated by colons",
                    right,
                    TextEdit.replace(word.span(), right));
        } else if (!COLONS.matcher(mac).matches()) {
            reporter.error(
                    word.span(), "mac", "\"" + mac + "\" is no MAC address", "six bytes such as 52:54:00:aa:00:01");
        } else if (mac.split(":", -1).length != MacAddress.BYTES) {
            reporter.warning(
                    word.span(),
                    "mac-length",
                    "a MAC of " + mac.split(":", -1).length + " bytes: it matches no Ethernet card",
                    "six bytes");
        } else {
            MacAddress address = MacAddress.parse(mac);
            Word first = macs.putIfAbsent(address, word);
            if (first != null) {
                reporter.warning(
                        word.span(),
                        "duplicate-mac",
                        address + " is used on line "
                                + reporter.text().line(first.span().start()),
                        "each MAC in one host");
            }
            if (address.isMulticast()) {
                reporter.warning(
                        word.span(), "multicast-mac", address + " is the address of a group", "an address of one card");
            }
        }
    }

    private void address(Word word) {
        if (octets(word)) {
            return;
        }
        if (!Values.isIpv4(word.value())) {
            return; // A name, looked up when the server starts.
        }
        Word first = addresses.putIfAbsent(word.value(), word);
        if (first != null) {
            reporter.warning(
                    word.span(),
                    "duplicate-address",
                    word.value() + " is given on line "
                            + reporter.text().line(first.span().start()),
                    "each address in one host");
        }
    }

    /** One of a host's addresses must lie in a subnet; the others are for other nets that it may stand in. */
    private void fixedAddress(Statement statement) {
        statement.arguments().forEach(this::address);
        List<Word> plain = statement.arguments().stream()
                .filter(word -> Values.isIpv4(word.value()))
                .toList();
        if (!plain.isEmpty() && plain.stream().noneMatch(word -> isOnSubnet(Values.ipv4(word.value())))) {
            reporter.warning(
                    plain.get(0).span(),
                    "address-off-subnet",
                    plain.get(0).value() + " lies in no subnet of this file",
                    "an address of a subnet");
        }
    }

    private boolean isOnSubnet(long address) {
        return subnets.stream().anyMatch(s -> (address & s[1]) == (s[0] & s[1]));
    }

    /** Whether an address has a number above 255, which was reported. */
    private boolean octets(Word word) {
        boolean high = Values.looksLikeIpv4(word.value()) && !Values.isIpv4(word.value());
        Optional<String> worst = high
                ? List.of(word.value().split("\\.", -1)).stream()
                        .filter(o -> Long.parseLong(o) > 255)
                        .findFirst()
                : Optional.empty();
        worst.ifPresent(octet -> reporter.error(
                word.span(),
                "address",
                "\"" + word.value() + "\" is no address: " + octet + " is above 255",
                "0 to 255"));
        return worst.isPresent();
    }
}
