package io.diskless.netboot.simulate;

import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** One boot from the firmware on: who runs now, what it knows, and what it loads with. Not thread-safe. */
final class BootSession {
    /** A loader that loads itself would go on for ever. */
    private static final int LONGEST_CHAIN = 6;

    private final SimulatedMachine machine;
    private final ClientLink link;
    private final RandomGenerator random;
    private final Notes notes;
    private final TftpClient tftp;
    private Optional<Inet4Address> address = Optional.empty();
    private int chain;

    BootSession(SimulatedMachine machine, ClientLink link, RandomGenerator random, Notes notes) {
        this.machine = machine;
        this.link = link;
        this.random = random;
        this.notes = notes;
        this.tftp = new TftpClient(link, notes);
    }

    SimulatedMachine machine() {
        return machine;
    }

    Notes notes() {
        return notes;
    }

    /** What a program does after it was started. */
    BootEnd start(ClientKind kind) throws IOException {
        if (++chain > LONGEST_CHAIN) {
            return new BootEnd.Failed("programs load each other without end");
        }
        notes.step(kind + " starts");
        Optional<Configuration> found = new DhcpTalk(kind, machine, link, random, notes).run();
        if (found.isEmpty()) {
            return new BootEnd.Nothing(notes.steps().get(notes.steps().size() - 1));
        }
        Configuration configuration = found.get();
        address = Optional.of(configuration.address());
        return kind.isIpxe() ? ipxe(configuration) : firmware(kind, configuration);
    }

    /** The address that the machine got, also where the boot failed later. */
    Optional<Inet4Address> address() {
        return address;
    }

    private BootEnd firmware(ClientKind kind, Configuration configuration) throws IOException {
        String file = configuration.bootFile();
        if (file.isEmpty()) {
            return new BootEnd.Nothing("no boot file");
        }
        if (kind == ClientKind.UEFI_HTTP) {
            try (HttpClient http = new HttpClient(link, notes)) {
                Optional<Body> body = http.headAndGet(uri(file));
                body.ifPresent(b -> notes.fetched(file, b));
                if (body.isEmpty()) {
                    return new BootEnd.Failed("no " + file);
                }
            }
        } else {
            tftp.fetch(configuration.nextServer(), file, TftpStyle.EDK2_PROBE);
            if (byTftp(configuration.nextServer(), file, TftpStyle.EDK2).isEmpty()) {
                return new BootEnd.Failed("no " + file);
            }
        }
        return program(ClientKind.UEFI_IPXE, configuration, file);
    }

    private BootEnd program(ClientKind next, Configuration configuration, String file) throws IOException {
        return switch (machine.loader().orElse(Loader.of(file))) {
            case IPXE -> start(next);
            case PXELINUX -> new PxelinuxRun(this, configuration, file).run();
            case GRUB -> new GrubRun(this, configuration).run();
            case OTHER -> new BootEnd.Program(file);
        };
    }

    private BootEnd ipxe(Configuration configuration) throws IOException {
        String file = configuration.bootFile();
        Optional<AoeAddress> root = configuration.root();
        // A root path is attached before a file is loaded, which is not loaded where the disk is silent.
        if (root.isPresent() && !machine.disks().test(root.get())) {
            return new BootEnd.Failed("disk " + root.get() + " does not answer");
        }
        if (file.isEmpty()) {
            return root.<BootEnd>map(disk -> new BootEnd.AoeRoot(disk, configuration.keepSan()))
                    .orElseGet(() -> new BootEnd.Nothing("neither a boot file nor a root"));
        }
        try (HttpClient http = new HttpClient(link, notes)) {
            IpxeRun run = new IpxeRun(this, configuration, http);
            Optional<Body> body = run.load(run.resolve(file));
            if (body.isEmpty()) {
                return new BootEnd.Failed("no " + file);
            }
            if (body.get().isScript()) {
                return run.script(body.get().text(), run.resolve(file));
            }
        }
        ClientKind again = machine.kind() == ClientKind.BIOS_IPXE ? ClientKind.BIOS_IPXE : ClientKind.UEFI_IPXE;
        return program(again, configuration, file);
    }

    Optional<Body> byTftp(InetAddress server, String file, TftpStyle style) throws IOException {
        Optional<Body> body = tftp.fetch(server, file, style);
        body.ifPresent(b -> notes.fetched(file, b));
        return body;
    }

    static URI uri(String text) throws IOException {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IOException("expected a URL, got " + text, e);
        }
    }

    /** The card's address as loaders write it in names: {@code 01-52-54-00-77-00-01}. */
    static String macName(SimulatedMachine machine) {
        return "01-" + machine.mac().toString().replace(':', '-').toLowerCase(Locale.ROOT);
    }

    /** The machine's address as loaders write it in names: {@code 0A4D0064}. */
    static String hexName(Inet4Address address) {
        byte[] a = address.getAddress();
        return String.format(Locale.ROOT, "%02X%02X%02X%02X", a[0], a[1], a[2], a[3]);
    }
}
