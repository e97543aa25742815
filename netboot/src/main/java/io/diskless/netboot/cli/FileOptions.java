package io.diskless.netboot.cli;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.NetbootServer;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpServerOptions;
import io.diskless.netboot.tftp.TftpStore;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Files that machines fetch and write, and how HTTP brings them. */
final class FileOptions {
    @Option(
            names = {"-r", "--root"},
            paramLabel = "FOLDER",
            description = "Programs, kernels and initial file systems.")
    @Nullable
    Path root;

    @Option(names = "--http-port", paramLabel = "PORT", description = "Port of HTTP, ${DEFAULT-VALUE} unless given.")
    int httpPort = 8080;

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description = {
                "HTTP speaks TLS with this certificate (PEM, issuers behind it);",
                "machines must know its issuer."
            })
    @Nullable
    Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "The certificate's key (PEM, PKCS#8, without a password).")
    @Nullable
    Path key;

    @Option(
            names = "--http-name",
            paramLabel = "NAME",
            description = "What stands in URLs, such as the certificate's name; the address unless given.")
    @Nullable
    String name;

    @Option(
            names = "--secrets",
            paramLabel = "FOLDER",
            description = {
                "Secrets of machines, each in a file that is called like 52-54-00-77-00-01.",
                "Where a kernel's arguments have @boot-token@, a token stands that leads to it once."
            })
    @Nullable
    Path secrets;

    @Option(
            names = "--token-lifetime",
            paramLabel = "SECONDS",
            description = "How long a token is good, ${DEFAULT-VALUE} unless given.")
    int tokenLifetime = 600;

    @Option(
            names = "--uploads",
            paramLabel = "FOLDER",
            description = "Let machines write files there by TFTP; refused unless given.")
    @Nullable
    Path uploads;

    @Option(
            names = "--upload-limit",
            paramLabel = "BYTES",
            description = "The largest file that machines may write, ${DEFAULT-VALUE} unless given.")
    long uploadLimit = 64L << 20;

    @Option(names = "--replace-uploads", description = "What machines write may take the place of what is there.")
    boolean replace;

    boolean isTls() {
        return certificate != null || key != null;
    }

    void put(NetbootServer.Builder server, PrintWriter err) throws IOException {
        server.filePorts(TftpServerOptions.PORT, httpPort);
        if (root != null) {
            server.files(TftpContent.files(root));
        }
        if (isTls()) {
            server.tls(tls());
        }
        if (name != null) {
            server.httpName(name);
        }
        if (secrets != null) {
            Path folder = secrets.toRealPath();
            server.tokens(machine -> secret(folder, machine, err), Duration.ofSeconds(tokenLifetime));
        }
        if (uploads != null) {
            server.writes(replace ? TftpStore.replacingFiles(uploads) : TftpStore.files(uploads), uploadLimit);
        }
    }

    /** Read when it is asked for, so that a new one counts at once. */
    private static Optional<byte[]> secret(Path folder, MacAddress machine, PrintWriter err) {
        String file = machine.toString().replace(':', '-');
        try {
            return Optional.of(Files.readAllBytes(folder.resolve(file)));
        } catch (NoSuchFileException e) {
            err.println("diskless-netboot: " + machine + " asks for its secret and has none");
        } catch (IOException e) {
            err.println("diskless-netboot: the secret of " + machine + " cannot be read: " + e.getMessage());
        }
        return Optional.empty();
    }

    private SSLContext tls() throws IOException {
        Path chain = certificate;
        Path own = key;
        if (chain == null || own == null) {
            throw new IllegalArgumentException("expected both --tls-certificate and --tls-key, got one");
        }
        for (Path file : new Path[] {chain, own}) {
            if (!Files.isReadable(file)) {
                throw new NoSuchFileException(file.toString());
            }
        }
        try {
            // The JDK's provider, whose context is one that every server takes.
            SslContext context = SslContextBuilder.forServer(chain.toFile(), own.toFile())
                    .sslProvider(SslProvider.JDK)
                    .build();
            return ((JdkSslContext) context).context();
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "expected PEM in " + chain + " and a PKCS#8 key without a password in " + own + ": "
                            + e.getMessage(),
                    e);
        }
    }
}
