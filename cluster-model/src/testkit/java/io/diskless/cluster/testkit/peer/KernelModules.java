package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A kernel's loadable modules: finds those that others need and writes the two lists that {@code modprobe} reads, so
 * that no guest spends its boot on {@code depmod}. A module says in its {@code .modinfo} section, as strings that end
 * with a zero byte, what it {@code depends=} on and by which {@code alias=} the kernel may ask for it. Confined to one
 * thread.
 */
final class KernelModules {

    private final String version;
    private final Path folder;
    private final Map<String, Path> files = new TreeMap<>();
    private final Set<String> builtIn = new HashSet<>();

    KernelModules(Path folder, String version) throws IOException {
        this.folder = folder;
        this.version = version;
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(file -> file.toString().endsWith(".ko")).forEach(file -> files.put(name(file), file));
        }
        Files.readAllLines(folder.resolve("modules.builtin")).forEach(line -> builtIn.add(name(Path.of(line))));
    }

    void addTo(Cpio cpio, Collection<String> wanted) throws IOException {
        Map<String, List<String>> depends = new LinkedHashMap<>();
        StringBuilder aliases = new StringBuilder();
        Deque<String> open = new ArrayDeque<>(wanted);
        while (!open.isEmpty()) {
            String module = open.remove();
            if (depends.containsKey(module) || builtIn.contains(module)) {
                continue;
            }
            Path file = files.get(module);
            if (file == null) {
                throw new IOException("kernel " + version + " has no module " + module);
            }
            List<String> needs = new ArrayList<>();
            for (String entry : modinfo(file)) {
                if (entry.startsWith("depends=") && entry.length() > 8) {
                    needs.addAll(List.of(entry.substring(8).replace('-', '_').split(",", -1)));
                } else if (entry.startsWith("alias=")) {
                    aliases.append("alias ")
                            .append(entry, 6, entry.length())
                            .append(' ')
                            .append(module)
                            .append('\n');
                }
            }
            depends.put(module, needs);
            open.addAll(needs);
        }
        String base = "lib/modules/" + version + "/";
        StringBuilder dep = new StringBuilder();
        depends.values().forEach(needs -> needs.removeAll(builtIn));
        for (String module : depends.keySet()) {
            cpio.file(base + path(module), files.get(module));
            dep.append(path(module)).append(':');
            for (String need : closure(module, depends)) {
                dep.append(' ').append(path(need));
            }
            dep.append('\n');
        }
        cpio.file(base + "modules.dep", dep.toString());
        cpio.file(base + "modules.alias", aliases.toString());
        cpio.file(base + "modules.symbols", "");
    }

    /** All that a module needs, each before what it needs in turn, as modules.dep wants it. */
    private static List<String> closure(String module, Map<String, List<String>> depends) {
        List<String> all = new ArrayList<>();
        Deque<String> open = new ArrayDeque<>(depends.getOrDefault(module, List.of()));
        while (!open.isEmpty()) {
            String need = open.remove();
            all.remove(need);
            all.add(need);
            open.addAll(depends.getOrDefault(need, List.of()));
        }
        return all;
    }

    private String path(String module) {
        return folder.relativize(files.get(module)).toString();
    }

    private static String name(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ".ko".length()).replace('-', '_');
    }

    private static List<String> modinfo(Path file) throws IOException {
        String all = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        List<String> found = new ArrayList<>();
        for (String key : List.of("depends=", "alias=")) {
            for (int at = all.indexOf(key); at >= 0; at = all.indexOf(key, at + 1)) {
                if (at > 0 && all.charAt(at - 1) == 0) {
                    found.add(all.substring(at, all.indexOf('\0', at)));
                }
            }
        }
        return found;
    }
}
