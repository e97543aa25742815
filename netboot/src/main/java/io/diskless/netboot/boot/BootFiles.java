package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
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
 * <p>Whoever knows a machine's address may ask for its files: they must not hold secrets.
 */
public final class BootFiles {
    private static final String MAC = "((?:[0-9a-f]{2}-){5}[0-9a-f]{2})";
    private static final Pattern IPXE = Pattern.compile("boot/" + MAC + "\\.ipxe");
    private static final Pattern PXELINUX = Pattern.compile("(?:.*/)?pxelinux\\.cfg/01-" + MAC);
    private static final Pattern GRUB = Pattern.compile("(?:.*/)?grub\\.cfg-01-" + MAC);

    private final BootPolicy policy;
    private final String base;

    /**
     * Files of a policy.
     *
     * @param policy what decides
     * @param base what iPXE puts before relative names: {@code http://10.77.0.1:8080/}, or
     *     {@code tftp://${next-server}/} where all comes by TFTP
     * @throws IllegalArgumentException if the base does not end with a slash
     */
    public BootFiles(BootPolicy policy, String base) {
        this.policy = Objects.requireNonNull(policy, "policy");
        this.base = base;
        if (!base.endsWith("/")) {
            throw new IllegalArgumentException("expected a base that ends with a slash, got " + base);
        }
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
     * A file's content now.
     *
     * @param name the name below the server's root, without a leading slash
     * @return the content; empty where the name is none of these, or its machine is none of ours, or has nothing to boot
     * @throws AccessDeniedException where the machine must not boot; its message is the reason
     */
    public Optional<byte[]> find(String name) throws AccessDeniedException {
        String lower = name.toLowerCase(Locale.ROOT);
        Optional<String> text = machine(IPXE, lower).isPresent()
                ? answer(IPXE, lower).flatMap(this::ipxe)
                : machine(PXELINUX, lower).isPresent()
                        ? answer(PXELINUX, lower).flatMap(BootFiles::pxelinux)
                        : machine(GRUB, lower).isPresent()
                                ? answer(GRUB, lower).flatMap(BootFiles::grub)
                                : Optional.empty();
        return text.map(t -> t.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<MacAddress> machine(Pattern form, String name) {
        Matcher matcher = form.matcher(name);
        return matcher.matches() ? Optional.of(MacAddress.parse(matcher.group(1))) : Optional.empty();
    }

    /** The target of the machine, which is what its iPXE would get. */
    private Optional<BootAnswer> answer(Pattern form, String name) throws AccessDeniedException {
        MacAddress mac = machine(form, name).orElseThrow();
        BootAnswer answer = policy.decide(BootFacts.of(mac, BootStage.IPXE, OptionalInt.empty()))
                .answer();
        if (answer instanceof BootAnswer.Deny deny) {
            throw new AccessDeniedException(name, null, deny.reason());
        }
        return Optional.of(answer).filter(BootAnswer::isServed);
    }

    private String url(String file) {
        return file.contains("://") ? file : base + file;
    }

    private Optional<String> ipxe(BootAnswer answer) {
        if (answer instanceof BootAnswer.Script script) {
            return Optional.of(script.text());
        }
        if (answer instanceof BootAnswer.Kernel kernel) {
            StringBuilder commands = new StringBuilder();
            commands.append("kernel ").append(url(kernel.kernel()));
            // UEFI kernels find an initial file system by its name; others do not mind.
            kernel.initrds().forEach(i -> commands.append(" initrd=").append(i.substring(i.lastIndexOf('/') + 1)));
            commands.append(kernel.arguments().isEmpty() ? "" : " ").append(kernel.arguments());
            commands.append(" || goto failed\n");
            kernel.initrds()
                    .forEach(i -> commands.append("initrd ").append(url(i)).append(" || goto failed\n"));
            return Optional.of(retrying(commands + "boot || goto failed\n"));
        }
        if (answer instanceof BootAnswer.AoeRoot root) {
            String disks = root.second()
                    .map(second -> "sanboot aoe:" + root.path() + " || sanboot aoe:" + second)
                    .orElse("sanboot aoe:" + root.path());
            return Optional.of(retrying((root.keepSan() ? "set keep-san 1\n" : "") + disks + " || goto failed\n"));
        }
        if (answer instanceof BootAnswer.Program program) {
            return Optional.of(retrying("chain " + url(program.file()) + " || goto failed\n"));
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
                    + (kernel.arguments().isEmpty() ? "" : " " + kernel.arguments()) + "\n" + initrds + "boot\n");
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
