package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files that no disk holds: a machine's script and loader configurations, made of the policy's decision at the moment when
 * they are asked for, the same by TFTP and by HTTP. Thread-safe.
 *
 * <ul>
 *   <li>{@code boot/52-54-00-77-00-01.ipxe}: the script that iPXE loads
 *   <li>{@code pxelinux.cfg/01-52-54-00-77-00-01}: PXELINUX's configuration
 *   <li>{@code grub.cfg-01-52-54-00-77-00-01}, in any folder: GRUB's configuration
 * </ul>
 *
 * <p>Whoever knows a machine's address may ask for its files: they must not hold secrets. Tokens that lead to them once are in
 * {@link BootTokens}; with them there is one more file, {@code boot/token/TOKEN}.
 */
public final class BootFiles {
    private static final String MAC = "((?:[0-9a-f]{2}-){5}[0-9a-f]{2})";
    private static final Pattern IPXE = Pattern.compile("boot/" + MAC + "\\.ipxe");
    private static final Pattern PXELINUX = Pattern.compile("(?:.*/)?pxelinux\\.cfg/01-" + MAC);
    private static final Pattern GRUB = Pattern.compile("(?:.*/)?grub\\.cfg-01-" + MAC);

    private static final String TOKENS = "boot/token/";

    private final BootPolicy policy;
    private final Function<? super InetAddress, String> base;
    private final Optional<BootTokens> tokens;
    private final Function<? super MacAddress, Optional<BootFacts>> known;

    /**
     * Files of a policy.
     *
     * @param policy what decides
     * @param base what iPXE puts before relative names: {@code http://10.77.0.1:8080/}, or
     *     {@code tftp://${next-server}/} where all comes by TFTP
     * @throws IllegalArgumentException if the base does not end with a slash
     */
    public BootFiles(BootPolicy policy, String base) {
        this(policy, client -> base, Optional.empty(), mac -> Optional.empty());
        if (!base.endsWith("/")) {
            throw new IllegalArgumentException("expected a base that ends with a slash, got " + base);
        }
    }

    /**
     * Files of a policy, with tokens.
     *
     * @param policy what decides
     * @param base what iPXE puts before relative names
     * @param tokens put where an answer has {@link BootTokens#PLACEHOLDER}
     * @throws IllegalArgumentException if the base does not end with a slash
     */
    public BootFiles(BootPolicy policy, String base, BootTokens tokens) {
        this(policy, client -> base, Optional.of(tokens), mac -> Optional.empty());
        if (!base.endsWith("/")) {
            throw new IllegalArgumentException("expected a base that ends with a slash, got " + base);
        }
    }

    private BootFiles(
            BootPolicy policy,
            Function<? super InetAddress, String> base,
            Optional<BootTokens> tokens,
            Function<? super MacAddress, Optional<BootFacts>> known) {
        this.policy = Objects.requireNonNull(policy, "policy");
        this.base = Objects.requireNonNull(base, "base");
        this.tokens = tokens;
        this.known = Objects.requireNonNull(known, "known");
    }

    /**
     * The same with a base for each network: a machine is sent to the server's address that it can reach.
     *
     * @param bases from the address of who asks to what iPXE puts before relative names; each ends with a slash
     * @return new files
     */
    public BootFiles withBases(Function<? super InetAddress, String> bases) {
        return new BootFiles(policy, bases, tokens, known);
    }

    /**
     * The same with what machines said of themselves by DHCP: the policy is asked with it, so that it decides as it did there.
     *
     * @param facts what a machine said last, where it said anything
     * @return new files
     */
    public BootFiles withFacts(Function<? super MacAddress, Optional<BootFacts>> facts) {
        return new BootFiles(policy, base, tokens, facts);
    }

    /**
     * The name of a machine's script.
     *
     * @param mac its network card
     * @return such as {@code boot/52-54-00-77-00-01.ipxe}
     */
    public static String script(MacAddress mac) {
        return "boot/" + mac.toString().replace(':', '-') + ".ipxe";
    }

    /**
     * A file's content now. Without tokens it is the same for everybody.
     *
     * @param name the name below the server's root, without a leading slash
     * @param client who asks
     * @return the content, a fresh array; empty where the name is none of these, its machine is none of ours or has nothing to
     *     boot, or a token is not good
     * @throws AccessDeniedException where the machine must not boot, or another asks for what has a token in it; its message is
     *     the reason
     */
    public Optional<byte[]> find(String name, InetAddress client) throws AccessDeniedException {
        if (tokens.isPresent() && name.startsWith(TOKENS)) {
            return tokens.get().redeem(name.substring(TOKENS.length()), client);
        }
        String lower = name.toLowerCase(Locale.ROOT);
        for (Form form : Form.values()) {
            Optional<MacAddress> mac = machine(form.name, lower);
            if (mac.isPresent()) {
                Optional<String> text = answer(mac.get(), name).flatMap(answer -> switch (form) {
                    case SCRIPT -> ipxe(answer, base.apply(client));
                    case PXELINUX_CONFIG -> pxelinux(answer);
                    case GRUB_CONFIG -> grub(answer);
                });
                return text.isEmpty() ? Optional.empty() : Optional.of(filled(text.get(), name, mac.get(), client));
            }
        }
        return Optional.empty();
    }

    /**
     * As {@link #find(String, InetAddress)} for a client whose address is not known: what has a token in it is refused.
     *
     * @param name the name below the server's root, without a leading slash
     * @return the content
     * @throws AccessDeniedException where the machine must not boot, or a token would be needed
     */
    public Optional<byte[]> find(String name) throws AccessDeniedException {
        return find(name, DhcpHeader.NO_ADDRESS);
    }

    private byte[] filled(String text, String name, MacAddress mac, InetAddress client) throws AccessDeniedException {
        Optional<String> filled = tokens.isPresent() ? tokens.get().fill(text, mac, client) : Optional.of(text);
        return filled.orElseThrow(() -> new AccessDeniedException(
                        name, null, client.getHostAddress() + " is not the machine's address"))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** What a name can be. */
    private enum Form {
        SCRIPT(IPXE),
        PXELINUX_CONFIG(PXELINUX),
        GRUB_CONFIG(GRUB);

        private final Pattern name;

        Form(Pattern name) {
            this.name = name;
        }
    }

    private static Optional<MacAddress> machine(Pattern form, String name) {
        Matcher matcher = form.matcher(name);
        return matcher.matches() ? Optional.of(MacAddress.parse(matcher.group(1))) : Optional.empty();
    }

    /** The target of the machine, which is what its iPXE would get. */
    private Optional<BootAnswer> answer(MacAddress mac, String name) throws AccessDeniedException {
        BootFacts facts = known.apply(mac)
                .map(BootFacts::asIpxe)
                .orElseGet(() -> BootFacts.of(mac, BootStage.IPXE, OptionalInt.empty()));
        BootAnswer answer = policy.decide(facts).answer();
        if (answer instanceof BootAnswer.Deny deny) {
            throw new AccessDeniedException(name, null, deny.reason());
        }
        return Optional.of(answer).filter(BootAnswer::isServed);
    }

    private static String url(String base, String file) {
        return file.contains("://") ? file : base + file;
    }

    private static Optional<String> ipxe(BootAnswer answer, String base) {
        if (answer instanceof BootAnswer.Script script) {
            return Optional.of(script.text());
        }
        if (answer instanceof BootAnswer.Kernel kernel) {
            StringBuilder commands = new StringBuilder();
            commands.append("kernel ").append(url(base, kernel.kernel()));
            // UEFI kernels find an initial file system by its name; others do not mind.
            kernel.initrds().forEach(i -> commands.append(" initrd=").append(i.substring(i.lastIndexOf('/') + 1)));
            commands.append(kernel.arguments().isEmpty() ? "" : " ").append(kernel.arguments());
            commands.append(" || goto failed\n");
            kernel.initrds()
                    .forEach(
                            i -> commands.append("initrd ").append(url(base, i)).append(" || goto failed\n"));
            return Optional.of(retrying(commands + "boot || goto failed\n"));
        }
        if (answer instanceof BootAnswer.AoeRoot root) {
            String disks = root.second()
                    .map(second -> "sanboot aoe:" + root.path() + " || sanboot aoe:" + second)
                    .orElse("sanboot aoe:" + root.path());
            return Optional.of(retrying((root.keepSan() ? "set keep-san 1\n" : "") + disks + " || goto failed\n"));
        }
        if (answer instanceof BootAnswer.Program program) {
            return Optional.of(retrying("chain " + url(base, program.file()) + " || goto failed\n"));
        }
        // To the firmware, which tries its next device.
        return Optional.of("#!ipxe\nexit\n");
    }

    /** A failing command would end the script, and the machine would be lost to the firmware. */
    private static String retrying(String commands) {
        return "#!ipxe\n:retry\n" + commands
                + ":failed\necho The boot failed, again in 5 seconds\nsleep 5\ngoto retry\n";
    }

    private static Optional<String> pxelinux(BootAnswer answer) {
        if (answer instanceof BootAnswer.Kernel kernel) {
            String initrds =
                    kernel.initrds().isEmpty() ? "" : "  INITRD " + String.join(",", rooted(kernel.initrds())) + "\n";
            String append = kernel.arguments().isEmpty() ? "" : "  APPEND " + kernel.arguments() + "\n";
            return Optional.of("DEFAULT boot\nPROMPT 0\nLABEL boot\n  KERNEL "
                    + rooted(List.of(kernel.kernel())).get(0) + "\n" + initrds + append);
        }
        return answer instanceof BootAnswer.LocalDisk
                ? Optional.of("DEFAULT local\nPROMPT 0\nLABEL local\n  LOCALBOOT 0\n")
                : Optional.empty();
    }

    private static Optional<String> grub(BootAnswer answer) {
        if (answer instanceof BootAnswer.Kernel kernel) {
            String initrds =
                    kernel.initrds().isEmpty() ? "" : "initrd " + String.join(" ", rooted(kernel.initrds())) + "\n";
            return Optional.of("linux " + rooted(List.of(kernel.kernel())).get(0)
                    + (kernel.arguments().isEmpty() ? "" : " " + GrubText.of(kernel.arguments())) + "\n" + initrds
                    + "boot\n");
        }
        return answer instanceof BootAnswer.LocalDisk ? Optional.of("exit 1\n") : Optional.empty();
    }

    /** From the server's root, wherever the loader's own folder is. */
    private static List<String> rooted(List<String> files) {
        return files.stream()
                .map(f -> f.contains("://") || f.startsWith("/") ? f : "/" + f)
                .toList();
    }
}
