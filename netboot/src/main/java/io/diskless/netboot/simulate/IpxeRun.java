package io.diskless.netboot.simulate;

import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * iPXE running scripts: {@code kernel}, {@code initrd}, {@code boot}, {@code chain}, {@code sanboot}, {@code set}, labels with
 * {@code goto}, and {@code ||}. A script that begins to wait has failed: the simulation waits for nothing. Not thread-safe.
 */
final class IpxeRun {
    private static final int MOST_COMMANDS = 1000;
    private static final int DEEPEST = 8;
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");

    private final BootSession session;
    private final Configuration configuration;
    private final HttpClient http;
    private final Map<String, String> variables = new HashMap<>();
    private final List<String> initrds = new ArrayList<>();
    private String kernel = "";
    private String arguments = "";
    private int commands;
    private int depth;

    IpxeRun(BootSession session, Configuration configuration, HttpClient http) {
        this.session = session;
        this.configuration = configuration;
        this.http = http;
        String mac = session.machine().mac().toString();
        variables.put("next-server", configuration.nextServer().getHostAddress());
        variables.put("net0/ip", configuration.address().getHostAddress());
        variables.put("net0/mac", mac);
        variables.put("mac", mac);
        variables.put("net0/mac:hexhyp", mac.replace(':', '-'));
        variables.put("mac:hexhyp", mac.replace(':', '-'));
        variables.put("keep-san", configuration.keepSan() ? "1" : "");
    }

    /** A file's whole URL; a bare name is at the next server by TFTP. */
    URI resolve(String file) throws IOException {
        return BootSession.uri(
                file.contains("://")
                        ? file
                        : "tftp://" + configuration.nextServer().getHostAddress() + "/" + file);
    }

    Optional<Body> load(URI url) throws IOException {
        if ("tftp".equals(url.getScheme()) && url.getHost() != null) {
            String path = url.getPath().startsWith("/") ? url.getPath().substring(1) : url.getPath();
            return session.byTftp(InetAddress.getByName(url.getHost()), path, TftpStyle.IPXE);
        }
        Optional<Body> body = http.get(url);
        body.ifPresent(b -> session.notes().fetched(url.toString(), b));
        return body;
    }

    /** A script to its end. */
    BootEnd script(String text, URI base) throws IOException {
        if (++depth > DEEPEST) {
            return new BootEnd.Failed("scripts load each other without end");
        }
        List<String> lines = text.lines().map(String::strip).toList();
        int at = 1;
        while (at < lines.size()) {
            String line = lines.get(at++);
            if (line.isEmpty() || line.startsWith("#") || line.startsWith(":")) {
                continue;
            }
            Result result = Result.FAILED;
            String[] alternatives = line.split("\\|\\|", -1);
            for (int i = 0; i < alternatives.length && result.equals(Result.FAILED); i++) {
                if (++commands > MOST_COMMANDS) {
                    return new BootEnd.Failed("the script runs without end");
                }
                result = command(expand(alternatives[i].strip()), base);
            }
            if (result.end() != null) {
                return result.end();
            }
            if (result.label() != null) {
                at = lines.indexOf(":" + result.label());
                if (at < 0) {
                    return new BootEnd.Failed("no label " + result.label());
                }
            } else if (!result.good()) {
                return new BootEnd.Failed(line);
            }
        }
        // Without anything to boot, iPXE goes back to the firmware.
        return kernel.isEmpty() ? new BootEnd.LocalDisk() : started();
    }

    private BootEnd started() {
        return new BootEnd.Kernel(kernel, initrds, arguments);
    }

    /** What a command did. */
    private record Result(
            boolean good, @Nullable String label, @Nullable BootEnd end) {
        static final Result GOOD = new Result(true, null, null);
        static final Result FAILED = new Result(false, null, null);

        static Result of(boolean good) {
            return good ? GOOD : FAILED;
        }

        static Result ends(BootEnd end) {
            return new Result(true, null, end);
        }
    }

    private String expand(String command) {
        Matcher matcher = VARIABLE.matcher(command);
        return matcher.replaceAll(m -> Matcher.quoteReplacement(variables.getOrDefault(m.group(1), "")));
    }

    private Result command(String command, URI base) throws IOException {
        List<String> words = Arrays.stream(command.split("\\s+")).toList();
        // Options of commands begin with dashes and are not needed here.
        List<String> plain =
                words.stream().skip(1).filter(w -> !w.startsWith("--")).toList();
        String first = plain.isEmpty() ? "" : plain.get(0);
        return switch (words.get(0)) {
            case "kernel", "imgselect" -> kernel(base.resolve(first), plain);
            case "initrd" -> initrd(base.resolve(first));
            case "boot" -> kernel.isEmpty() ? Result.FAILED : Result.ends(started());
            case "chain" -> chain(base.resolve(first));
            case "sanboot" -> sanboot(plain.isEmpty() ? "" : plain.get(plain.size() - 1));
            case "set" -> set(plain);
            case "isset" -> Result.of(!first.isEmpty());
            case "echo", "dhcp", "imgfree", "prompt" -> Result.GOOD;
            case "goto" -> new Result(true, first, null);
            case "sleep" -> Result.ends(new BootEnd.Failed("the script waits after a failure"));
            case "exit" -> Result.ends(new BootEnd.LocalDisk());
            default -> Result.ends(new BootEnd.Failed("a command that the simulation does not know: " + command));
        };
    }

    private Result set(List<String> words) {
        if (words.isEmpty()) {
            return Result.FAILED;
        }
        variables.put(words.get(0), String.join(" ", words.subList(1, words.size())));
        return Result.GOOD;
    }

    private Result kernel(URI url, List<String> words) throws IOException {
        if (words.isEmpty() || load(url).isEmpty()) {
            return Result.FAILED;
        }
        kernel = url.toString();
        arguments = String.join(" ", words.subList(1, words.size()));
        return Result.GOOD;
    }

    private Result initrd(URI url) throws IOException {
        if (load(url).isEmpty()) {
            return Result.FAILED;
        }
        initrds.add(url.toString());
        return Result.GOOD;
    }

    private Result chain(URI url) throws IOException {
        Optional<Body> body = load(url);
        if (body.isEmpty()) {
            return Result.FAILED;
        }
        return Result.ends(
                body.get().isScript() ? script(body.get().text(), url) : new BootEnd.Program(url.toString()));
    }

    private Result sanboot(String uri) {
        if (!uri.startsWith("aoe:")) {
            return Result.FAILED;
        }
        AoeAddress disk = AoeAddress.parse(uri.substring("aoe:".length()));
        if (!session.machine().disks().test(disk)) {
            session.notes().step("disk " + disk + " does not answer");
            return Result.FAILED;
        }
        return Result.ends(new BootEnd.AoeRoot(disk, "1".equals(variables.get("keep-san"))));
    }
}
