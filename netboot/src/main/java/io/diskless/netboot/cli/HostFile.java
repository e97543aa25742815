package io.diskless.netboot.cli;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostTag;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The short host list: one machine on each line, {@code MAC TAG NAME [ADDRESS]}, blanks between; what follows a {@code #} is
 * for people.
 */
final class HostFile {
    private HostFile() {}

    static List<Host> read(Path file) throws IOException {
        List<Host> hosts = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            int comment = lines.get(i).indexOf('#');
            String line = (comment < 0 ? lines.get(i) : lines.get(i).substring(0, comment)).strip();
            if (!line.isEmpty()) {
                try {
                    hosts.add(host(line.split("\\s+", -1)));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(file + ":" + (i + 1) + ": " + e.getMessage(), e);
                }
            }
        }
        return hosts;
    }

    private static Host host(String[] words) {
        if (words.length < 3 || words.length > 4) {
            throw new IllegalArgumentException("expected MAC TAG NAME [ADDRESS], got " + words.length + " words");
        }
        Host host = Host.of(MacAddress.parse(words[0]), HostTag.parse(words[1]), words[2]);
        Optional<Inet4Address> address = words.length == 4 ? Optional.of(Text.address(words[3])) : Optional.empty();
        return address.map(host::withAddress).orElse(host);
    }
}
