package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootDecision;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.dhcp.DhcpMessageBuilder;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcp.PxeOptions;
import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts the boot answer into a reply: boot file and next server in the fixed fields and in options 66 and 67, what PXE and
 * HTTP clients know their server by (60, 43, 97), iPXE's own options (175) and the root path (17). Immutable.
 */
final class BootFields {
    /** What {@link #put} says where there is nothing to load. */
    static final String NOTHING = "no boot file";
    /** In iPXE's option 175: keep the disk attached. */
    private static final int KEEP_SAN = 8;
    /** In iPXE's option 175: do not wait for a ProxyDHCP server, which takes three seconds. */
    private static final int NO_PROXY = 176;
    /** What the fixed field holds besides its NUL. */
    private static final int FILE_ROOM = 127;

    private final DhcpServerOptions options;

    BootFields(DhcpServerOptions options) {
        this.options = options;
    }

    /** Puts them in and says what was told, or why nothing. */
    String put(DhcpMessageBuilder reply, BootDecision decision, Arrival in) {
        BootStage stage = in.facts().stage();
        if (stage == BootStage.SYSTEM) {
            return "nothing to boot";
        }
        in.message()
                .options()
                .find(OptionCodes.MACHINE_ID)
                .ifPresent(id -> reply.option(new DhcpOption(OptionCodes.MACHINE_ID, id)));
        if (stage == BootStage.IPXE) {
            ipxe(reply, decision.answer());
        }
        // iPXE attaches a root path before it runs a script, and gives up where it is silent: the script names both
        // paths itself.
        List<AoeAddress> roots = roots(decision.answer());
        Optional<AoeAddress> root =
                roots.size() > 1 ? Optional.empty() : roots.stream().findFirst();
        root.ifPresent(path -> reply.option(DhcpOption.text(OptionCodes.ROOT_PATH, "aoe:" + path)));
        Optional<String> file = file(decision.answer(), in);
        if (file.isEmpty()) {
            return root.map(path -> "root aoe:" + path).orElse(NOTHING);
        }
        if (stage == BootStage.PXE_FIRMWARE) {
            reply.option(DhcpOption.text(OptionCodes.VENDOR_CLASS, "PXEClient"));
            reply.option(new DhcpOption(
                    OptionCodes.VENDOR_SPECIFIC, PxeOptions.bootFile().toOctets()));
        } else if (stage == BootStage.HTTP_FIRMWARE) {
            reply.option(DhcpOption.text(OptionCodes.VENDOR_CLASS, "HTTPClient"));
        }
        name(reply, file.get(), decision.nulAfterBootFile(), in);
        return "boot file " + file.get();
    }

    /** The paths of a root, the first one first. */
    static List<AoeAddress> roots(BootAnswer answer) {
        if (!(answer instanceof BootAnswer.AoeRoot root)) {
            return List.of();
        }
        return root.second().map(second -> List.of(root.path(), second)).orElse(List.of(root.path()));
    }

    private void ipxe(DhcpMessageBuilder reply, BootAnswer answer) {
        List<DhcpOption> inner = new ArrayList<>();
        // A machine that has nothing to boot here may have it from a proxy beside us.
        if (options.mode == DhcpMode.SERVER && !(answer instanceof BootAnswer.AddressOnly)) {
            inner.add(DhcpOption.u8(NO_PROXY, 1));
        }
        if (answer instanceof BootAnswer.AoeRoot root && root.keepSan()) {
            inner.add(DhcpOption.u8(KEEP_SAN, 1));
        }
        if (!inner.isEmpty()) {
            reply.option(DhcpOption.encapsulated(OptionCodes.IPXE, inner));
        }
    }

    private Optional<String> file(BootAnswer answer, Arrival in) {
        boolean http = in.facts().stage() == BootStage.HTTP_FIRMWARE;
        if (answer instanceof BootAnswer.Program program) {
            String file = program.file();
            return !http || file.contains("://")
                    ? Optional.of(file)
                    : options.http(in.link()).map(base -> base.resolve(file).toString());
        }
        // A root with one path needs no script: with a root path and no file, iPXE boots it by itself.
        boolean scripted = answer instanceof BootAnswer.Script
                || answer instanceof BootAnswer.Kernel
                || answer instanceof BootAnswer.LocalDisk
                || roots(answer).size() > 1;
        if (!scripted || in.facts().stage() != BootStage.IPXE) {
            return Optional.empty();
        }
        String script = BootFiles.script(in.facts().mac());
        return Optional.of(options.http(in.link())
                .map(base -> base.resolve(script).toString())
                .orElse(script));
    }

    private void name(DhcpMessageBuilder reply, String file, boolean nul, Arrival in) {
        Inet4Address server = server(in);
        reply.siaddr(server);
        if (file.getBytes(StandardCharsets.UTF_8).length <= FILE_ROOM) {
            reply.bootFile(file);
        }
        reply.option(DhcpOption.text(OptionCodes.TFTP_SERVER, server.getHostAddress()));
        reply.option(new DhcpOption(OptionCodes.BOOT_FILE, Octets.ofText(nul ? file + '\0' : file)));
    }

    private Inet4Address server(Arrival in) {
        return options.tftpServer.orElse(in.link().address());
    }
}
