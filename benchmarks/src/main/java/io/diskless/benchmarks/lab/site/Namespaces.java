package io.diskless.benchmarks.lab.site;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How this user may have network namespaces: as root, or with a user namespace around them, or not at all.
 *
 * <p>A Java program cannot enter a user namespace itself (the kernel refuses processes with several threads), so
 * {@code unshare} and {@code nsenter} of util-linux stand before the programs that are to run inside. Both replace
 * themselves by the program, so its process id is the one that was started. Immutable.
 */
public final class Namespaces {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final boolean user;
    private final String unshare;
    private final String nsenter;
    private final String ip;

    private Namespaces(boolean user, String unshare, String nsenter, String ip) {
        this.user = user;
        this.unshare = unshare;
        this.nsenter = nsenter;
        this.ip = ip;
    }

    /**
     * The answer of the probe: one of both is there.
     *
     * @param namespaces the way that works
     * @param reason why there is none, and the remedy
     */
    public record Probe(Optional<Namespaces> namespaces, String reason) {}

    /**
     * Tries, in a namespace that ends with the try, what the lab needs: a namespace, a bridge and a veth pair.
     *
     * @return what works, or why nothing does
     * @throws InterruptedException if the wait was interrupted
     */
    public static Probe probe() throws InterruptedException {
        try {
            String unshare = Tools.need("unshare", "util-linux");
            String nsenter = Tools.need("nsenter", "util-linux");
            String ip = Tools.need("ip", "iproute2");
            List<String> refusals = new ArrayList<>();
            for (boolean user : new boolean[] {false, true}) {
                Namespaces way = new Namespaces(user, unshare, nsenter, ip);
                List<String> command = new ArrayList<>(way.create());
                command.addAll(List.of(ip, "-batch", "-"));
                Tools.Ended ended = Tools.run(
                        command, "link add probe0 type bridge\nlink add probe1 type veth peer name probe2\n", LIMIT);
                if (ended.exit() == 0) {
                    return new Probe(Optional.of(way), "");
                }
                String said = ended.output().lines().findFirst().orElse("exit code " + ended.exit());
                refusals.add((user ? "with a user namespace: " : "without: ") + said.strip());
            }
            return new Probe(
                    Optional.empty(),
                    "no network namespaces (" + String.join("; ", refusals)
                            + "). Remedy: run as root, or sysctl kernel.unprivileged_userns_clone=1, or start the container"
                            + " with --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add NET_RAW");
        } catch (LabException e) {
            return new Probe(Optional.empty(), String.valueOf(e.getMessage()));
        }
    }

    /**
     * Whether a user namespace is around them.
     *
     * @return false for root
     */
    public boolean inUserNamespace() {
        return user;
    }

    /** The words before a program that is to run in namespaces of its own. */
    public List<String> create() {
        return user ? List.of(unshare, "--user", "--map-root-user", "--net", "--") : List.of(unshare, "--net", "--");
    }

    /** The words before a program that is to run in the namespaces of a process. */
    public List<String> enter(long pid) {
        String target = Long.toString(pid);
        return user
                ? List.of(nsenter, "--target", target, "--user", "--net", "--preserve-credentials", "--")
                : List.of(nsenter, "--target", target, "--net", "--");
    }

    /** The words before a program that is to run in a new network namespace beside that of a process. */
    public List<String> createBeside(long pid) {
        List<String> words = new ArrayList<>(enter(pid));
        words.addAll(List.of(unshare, "--net", "--"));
        return words;
    }

    /** Runs lines of {@code ip -batch} in the network namespace of a process. */
    public void ip(long pid, String... lines) throws LabException, InterruptedException {
        List<String> command = new ArrayList<>(enter(pid));
        command.addAll(List.of(ip, "-batch", "-"));
        Tools.check(command, String.join("\n", lines) + "\n", LIMIT);
    }
}
