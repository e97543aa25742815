package io.diskless.cluster.conf.guest;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Values;
import io.diskless.cluster.conf.internal.XmlScanner;
import io.diskless.cluster.net.MacAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A libvirt domain. Immutable.
 *
 * <p>Well-formedness, identity, processors, memory, network cards and disks are checked; other elements are kept and not
 * judged. In the tree an element is a section, its attributes are statements named {@code @name} and its text is
 * {@code #text}.
 */
public final class LibvirtDomain implements ConfigDocument {
    private static final Pattern UUID =
            Pattern.compile("[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}");

    private static final Pattern MAC = Pattern.compile("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}");

    /** Cache modes that keep nothing in the host's memory, which a migration would leave behind. */
    private static final Set<String> SAFE_CACHES = Set.of("none", "directsync");

    private static final Set<String> CACHES =
            Set.of("default", "none", "writethrough", "writeback", "directsync", "unsafe");

    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;

    private LibvirtDomain(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads a domain.
     *
     * @param text the XML
     * @return what was understood, and what is wrong
     */
    public static LibvirtDomain parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "libvirt");
        ConfigTree tree = XmlScanner.scan(reporter);
        tree.statements().stream().findFirst().ifPresent(root -> check(reporter, root));
        return new LibvirtDomain(tree, reporter.diagnostics());
    }

    private static void check(Reporter reporter, Statement domain) {
        Span where = domain.keyword().span();
        if (!domain.is("domain")) {
            reporter.error(
                    where,
                    "root",
                    "the outermost element is " + domain.keyword().value(),
                    "domain");
            return;
        }
        if (XmlScanner.attribute(domain, "type").isEmpty()) {
            reporter.error(where, "missing-type", "the domain has no type", "type='kvm' or type='xen'");
        }
        if (content(domain, "name").filter(w -> !w.value().isEmpty()).isEmpty()) {
            reporter.error(where, "missing-name", "the domain has no name", "<name>...</name>");
        }
        if (domain.last("os").isEmpty()) {
            reporter.error(where, "missing-os", "the domain has no os element", "<os><type>hvm</type></os>");
        }
        content(domain, "uuid").ifPresent(uuid -> {
            if (!UUID.matcher(uuid.value()).matches()) {
                reporter.error(
                        uuid.span(), "uuid", "\"" + uuid.value() + "\" is no UUID", "8-4-4-4-12 hexadecimal digits");
            }
        });
        for (String number : List.of("vcpu", "memory", "currentMemory")) {
            content(domain, number).ifPresent(word -> number(reporter, number, word));
        }
        if (domain.last("memory").isEmpty()) {
            reporter.error(where, "missing-memory", "the domain has no memory", "<memory unit='MiB'>...</memory>");
        }
        devices(domain, "interface")
                .forEach(card -> card.last("mac")
                        .flatMap(mac -> XmlScanner.attribute(mac, "address"))
                        .ifPresent(address -> mac(reporter, address)));
        devices(domain, "disk").forEach(disk -> disk(reporter, disk));
    }

    private static void number(Reporter reporter, String name, Word word) {
        OptionalLong number = Values.decimal(word.value());
        long least = name.equals("vcpu") ? 1 : 0;
        if (number.isEmpty() || number.getAsLong() < least) {
            reporter.error(word.span(), "number", name + " is \"" + word.value() + "\"", "a number, at least " + least);
        }
    }

    private static void mac(Reporter reporter, Word address) {
        if (!MAC.matcher(address.value()).matches()) {
            reporter.error(address.span(), "mac", "\"" + address.value() + "\" is no MAC address", "52:54:00:aa:00:01");
        } else if (MacAddress.parse(address.value()).isMulticast()) {
            reporter.error(
                    address.span(),
                    "multicast-mac",
                    address.value() + " is the address of a group",
                    "an even first byte, such as 52:54:00:... or Xen's 00:16:3e:...");
        }
    }

    private static void disk(Reporter reporter, Statement disk) {
        boolean block = XmlScanner.attribute(disk, "type")
                .filter(t -> t.value().equals("block"))
                .isPresent();
        disk.last("driver")
                .flatMap(driver -> XmlScanner.attribute(driver, "cache"))
                .ifPresent(cache -> {
                    if (!CACHES.contains(cache.value())) {
                        reporter.error(
                                cache.span(), "cache", "there is no cache mode \"" + cache.value() + "\"", "none");
                    } else if (block && !SAFE_CACHES.contains(cache.value())) {
                        reporter.warning(
                                cache.span(),
                                "cache",
                                "cache mode " + cache.value()
                                        + " on a block device keeps data on one host: a migration loses it",
                                "none or directsync");
                    }
                });
    }

    private static Stream<Statement> devices(Statement domain, String name) {
        return domain.all("devices").flatMap(devices -> devices.all(name));
    }

    private static Optional<Word> content(Statement parent, String name) {
        return parent.last(name).flatMap(XmlScanner::content);
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /**
     * The text of one of the domain's own elements.
     *
     * @param element its name: name, uuid, memory, vcpu
     * @return the text without blanks around it, or nothing
     */
    public Optional<String> value(String element) {
        return root().flatMap(r -> content(r, element)).map(Word::value);
    }

    /** {@return the domain's block disks, in order} */
    public List<LibvirtDisk> disks() {
        return root().stream()
                .flatMap(r -> devices(r, "disk"))
                .flatMap(disk -> disk
                        .last("source")
                        .flatMap(source -> XmlScanner.attribute(source, "dev"))
                        .map(device -> new LibvirtDisk(
                                device.value(),
                                disk.last("driver")
                                        .flatMap(driver -> XmlScanner.attribute(driver, "cache"))
                                        .map(Word::value)
                                        .orElse(""),
                                disk.last("readonly").isPresent()))
                        .stream())
                .toList();
    }

    /** {@return what the guest starts from first: {@code hd}, {@code network}, {@code cdrom}, {@code fd}; empty if not told} */
    public Optional<String> boot() {
        return root().flatMap(domain -> domain.last("os"))
                .flatMap(os -> os.all("boot").findFirst())
                .flatMap(boot -> XmlScanner.attribute(boot, "dev"))
                .map(Word::value);
    }

    /**
     * What the hypervisor starts by itself.
     *
     * @param element kernel, initrd or cmdline
     * @return the text; empty if it is not told
     */
    public Optional<String> direct(String element) {
        return root().flatMap(domain -> domain.last("os"))
                .flatMap(os -> content(os, element))
                .map(Word::value);
    }

    /** {@return the addresses of the domain's network cards, in order} */
    public List<MacAddress> macs() {
        return root().stream()
                .flatMap(r -> devices(r, "interface"))
                .flatMap(card -> card.last("mac").stream())
                .flatMap(mac -> XmlScanner.attribute(mac, "address").stream())
                .map(Word::value)
                .filter(address -> MAC.matcher(address).matches())
                .map(MacAddress::parse)
                .toList();
    }

    private Optional<Statement> root() {
        return tree.statements().stream().filter(s -> s.is("domain")).findFirst();
    }

    /** {@return the file and the domain's name} */
    @Override
    public String toString() {
        return "LibvirtDomain[" + text().name() + ", " + value("name").orElse("?") + "]";
    }
}
