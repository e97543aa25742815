package io.diskless.benchmarks.load;

import io.diskless.cluster.net.MacAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A veth pair in this process's own network namespace: near end for the client, far end for a target. */
record Wire(String near, String far) {
    /** Makes the pair and brings it up; IPv6 is off, so that nothing but us speaks on it. */
    static Wire make(String name, int mtu) throws IOException, InterruptedException {
        Wire wire = new Wire(name + "-c", name + "-t");
        ip("link", "add", wire.near, "type", "veth", "peer", "name", wire.far);
        for (String end : new String[] {wire.near, wire.far}) {
            ip("link", "set", end, "mtu", Integer.toString(mtu), "addrgenmode", "none", "up");
        }
        return wire;
    }

    void delete() throws IOException, InterruptedException {
        ip("link", "delete", near);
    }

    /** The far end's address. Asked of ip, because Java lists only interfaces that have an IP address. */
    MacAddress farAddress() throws IOException, InterruptedException {
        String line = ip("-o", "link", "show", "dev", far);
        int at = line.indexOf("link/ether ");
        if (at < 0) {
            throw new IOException("no Ethernet address in: " + line);
        }
        return MacAddress.parse(line.substring(at + 11, at + 28));
    }

    private static String ip(String... args) throws IOException, InterruptedException {
        String[] command = new String[args.length + 1];
        command[0] = "ip";
        System.arraycopy(args, 0, command, 1, args.length);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(Arrays.toString(command) + ": " + output.strip());
        }
        return output;
    }
}
