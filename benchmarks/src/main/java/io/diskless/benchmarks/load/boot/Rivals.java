package io.diskless.benchmarks.load.boot;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Other people's servers, out of the folder that {@code .ci/peers} fills or from the machine's own programs. What each of
 * them does about durability and logging is said where it is started. Immutable.
 */
final class Rivals {
    private static final String FIRST = "1.0";
    private static final String LAST = "255.254";

    private final Path peers;
    private final Path folder;
    private final List<String> jvm;

    /**
     * Rivals.
     *
     * @param peers where {@code .ci/peers} unpacked them
     * @param folder for their files
     * @param jvm more options for the JVM of ours
     */
    Rivals(Path peers, Path folder, List<String> jvm) {
        this.peers = peers;
        this.folder = folder;
        this.jvm = List.copyOf(jvm);
    }

    /** Ours; see {@link ServerMain}. */
    Served ours(Room room, String... words) throws IOException {
        List<String> options = new ArrayList<>(ServerMain.SMALL);
        options.addAll(jvm);
        return Served.ours(room, options, words);
    }

    /** A program, or where to get it from. */
    Path program(String name) throws IOException {
        Path unpacked = peers.resolve("bin").resolve(name);
        if (Files.isExecutable(unpacked)) {
            return unpacked;
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), Stream.of("/usr/sbin", "/sbin"))
                .filter(place -> !place.isEmpty())
                .map(place -> Path.of(place, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IOException(
                        name + " is neither in " + peers + " nor on the PATH; remedy: .ci/peers contest"));
    }

    private Path log(String name) {
        return folder.resolve(name + ".log");
    }

    /** A file of a package. */
    Path file(String path) {
        return peers.resolve("root").resolve(path);
    }

    /** The newest unpacked kernel. */
    Path kernel() throws IOException {
        try (Stream<Path> all = Files.list(file("boot"))) {
            return all.filter(f -> f.getFileName().toString().startsWith("vmlinuz-"))
                    .max(Path::compareTo)
                    .orElseThrow(() -> new IOException("no kernel in " + file("boot") + "; remedy: .ci/peers"));
        }
    }

    /**
     * Kea with the lease file that it calls memfile. It writes each lease before it answers, and leaves it to the system when
     * that reaches the disk.
     *
     * @param threads 0 for its default of one thread
     */
    Served kea(Room room, Path leases, int threads) throws IOException, InterruptedException {
        Path config = Files.writeString(folder.resolve("kea.conf"), """
                {"Dhcp4": {
                  "interfaces-config": {"interfaces": ["%s"], "dhcp-socket-type": "udp"},
                  "lease-database": {"type": "memfile", "persist": true, "name": "%s"},
                  "multi-threading": {"enable-multi-threading": %b, "thread-pool-size": %d, "packet-queue-size": 64},
                  "valid-lifetime": 3600,
                  "subnet4": [{"id": 1, "subnet": "%s/%d", "pools": [{"pool": "%s - %s"}]}],
                  "loggers": [{"name": "kea-dhcp4", "severity": "ERROR", "output_options": [{"output": "stdout"}]}]
                }}
                """.formatted(
                        room.far(),
                        leases,
                        threads > 0,
                        threads,
                        room.server(),
                        Room.PREFIX,
                        room.address(FIRST),
                        room.address(LAST)));
        return Served.theirs(
                "Kea",
                room,
                List.of(program("kea-dhcp4").toString(), "-c", config.toString()),
                Map.of(
                        "KEA_PIDFILE_DIR", folder.toString(),
                        "KEA_LOCKFILE_DIR", folder.toString(),
                        "KEA_LFC_EXECUTABLE", program("kea-lfc").toString()),
                log("kea"),
                "udp",
                67);
    }

    /** dnsmasq as a DHCP server. It writes its whole lease file again and again, and does not wait for the disk. */
    Served dnsmasqDhcp(Room room, Path leases) throws IOException, InterruptedException {
        return dnsmasq(
                room,
                67,
                "--no-ping",
                "--dhcp-lease-max=100000",
                "--dhcp-leasefile=" + leases,
                "--dhcp-range=" + room.address(FIRST) + "," + room.address(LAST) + ",255.255.0.0,1h");
    }

    /** dnsmasq as a TFTP server. */
    Served dnsmasqTftp(Room room, Path root) throws IOException, InterruptedException {
        return dnsmasq(room, 69, "--enable-tftp", "--tftp-root=" + root, "--tftp-max=2000");
    }

    /** dnsmasq as it boots iPXE with nothing but what is needed said. */
    Served dnsmasqBoot(Room room, Path root) throws IOException, InterruptedException {
        return dnsmasq(room, 67, bootOptions(room, root).toArray(String[]::new));
    }

    /** The same with what shortens a boot: no ping, a router advertisement, and no wait for a ProxyDHCP server. */
    Served dnsmasqBootTuned(Room room, Path root) throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(bootOptions(room, root));
        options.addAll(List.of(
                "--no-ping",
                "--dhcp-authoritative",
                "--enable-ra",
                "--dhcp-range=fd00:88::,ra-only",
                "--dhcp-option-force=encap:175,176,1b"));
        return dnsmasq(room, 67, options.toArray(String[]::new));
    }

    private List<String> bootOptions(Room room, Path root) {
        return List.of(
                "--enable-tftp",
                "--tftp-root=" + root,
                "--dhcp-leasefile=" + folder.resolve("dnsmasq.leases"),
                "--dhcp-range=" + room.address("0.100") + "," + room.address("0.200") + ",255.255.0.0,1h",
                "--dhcp-boot=boot.ipxe");
    }

    private Served dnsmasq(Room room, int port, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                program("dnsmasq").toString(),
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file=" + folder.resolve("dnsmasq.pid"),
                "--port=0",
                "--user=root",
                "--group=root",
                "--interface=" + room.far(),
                "--bind-interfaces",
                "--log-facility=-"));
        command.addAll(List.of(more));
        return Served.theirs("dnsmasq", room, command, Map.of(), log("dnsmasq"), "udp", port);
    }

    /** atftpd, which has a thread for each transfer. */
    Served atftpd(Room room, Path root) throws IOException, InterruptedException {
        List<String> command = List.of(
                program("atftpd").toString(),
                "--daemon",
                "--no-fork",
                "--no-multicast",
                "--user=root",
                "--group=root",
                "--bind-address=" + room.server(),
                "--maxthread=2000",
                "--logfile=-",
                "--verbose=3",
                root.toString());
        return Served.theirs("atftpd", room, command, Map.of(), log("atftpd"), "udp", 69);
    }

    /** nginx with one worker, sendfile as its package sets it, and no log of accesses. */
    Served nginx(Room room, Path root, int port) throws IOException, InterruptedException {
        Path config = Files.writeString(folder.resolve("nginx.conf"), """
                worker_processes 1;
                daemon off;
                user root;
                pid %1$s/nginx.pid;
                error_log stderr error;
                events { worker_connections 768; }
                http {
                  sendfile on;
                  tcp_nopush on;
                  types_hash_max_size 2048;
                  keepalive_requests 1000000000;
                  access_log off;
                  client_body_temp_path %1$s/nginx-body;
                  proxy_temp_path %1$s/nginx-proxy;
                  fastcgi_temp_path %1$s/nginx-fastcgi;
                  uwsgi_temp_path %1$s/nginx-uwsgi;
                  scgi_temp_path %1$s/nginx-scgi;
                  server { listen %2$s:%3$d; root %4$s; }
                }
                """.formatted(folder, room.server(), port, root));
        List<String> command =
                List.of(program("nginx").toString(), "-p", folder.toString(), "-e", "stderr", "-c", config.toString());
        return Served.theirs("nginx", room, command, Map.of(), log("nginx"), "tcp", port);
    }

    /** A folder that every user may read: some servers change theirs. */
    static Path open(Path folder) throws IOException {
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
