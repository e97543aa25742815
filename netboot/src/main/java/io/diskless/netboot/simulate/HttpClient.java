package io.diskless.netboot.simulate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Loads files by HTTP/1.1 with the headers that were captured, over one connection as long as the server keeps it. What
 * firmware does not understand is an error here too: a body without a length, chunks, a redirect. Not thread-safe.
 */
final class HttpClient implements AutoCloseable {
    private static final int LONGEST_HEAD = 1 << 14;

    private final ClientLink link;
    private final Notes notes;
    private ClientLink.@Nullable Tcp open;
    private @Nullable InetSocketAddress where;

    HttpClient(ClientLink link, Notes notes) {
        this.link = link;
        this.notes = notes;
    }

    /** What each client says; the host with its port where that is not 80. */
    static byte[] request(String method, URI url, boolean ipxe) {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String host = "Host: " + url.getHost() + (url.getPort() < 0 || url.getPort() == 80 ? "" : ":" + url.getPort());
        String first = method + " " + path + query + " HTTP/1.1\r\n";
        String headers = ipxe
                ? "Connection: keep-alive\r\nUser-Agent: iPXE/1.0.0+git-20190125.36a4c85-5.1\r\n" + host
                : host + "\r\nAccept: */*\r\nUser-Agent: UefiHttpBoot/1.0";
        return (first + headers + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** As iPXE does: GET alone. */
    Optional<Body> get(URI url) throws IOException {
        return ask("GET", url, true);
    }

    /** As edk2 does: HEAD, then GET, then a reset. */
    Optional<Body> headAndGet(URI url) throws IOException {
        Optional<Body> head = ask("HEAD", url, false);
        if (head.isEmpty()) {
            return head;
        }
        Optional<Body> body = ask("GET", url, false);
        ClientLink.Tcp connection = open;
        open = null;
        if (connection != null) {
            connection.reset();
        }
        return body;
    }

    private Optional<Body> ask(String method, URI url, boolean ipxe) throws IOException {
        ClientLink.Tcp connection = connection(url);
        connection.write(request(method, url, ipxe));
        Head head = Head.read(connection);
        long length = head.length();
        Body body = new Body();
        if (method.equals("GET")) {
            body.add(head.rest().array(), head.rest().position(), (int)
                    Math.min(length, head.rest().remaining()));
            byte[] piece = new byte[1 << 15];
            while (body.length() < length) {
                int count = connection.read(piece);
                if (count < 0) {
                    throw new IOException(url + " ended after " + body.length() + " of " + length + " octets");
                }
                if (count > length - body.length()) {
                    throw new IOException(url + " goes on after its " + length + " octets");
                }
                body.add(piece, 0, count);
            }
        } else if (head.rest().hasRemaining()) {
            throw new IOException("a body came with the answer to HEAD " + url);
        }
        if (head.closes()) {
            close();
        }
        if (head.status() != 200) {
            notes.step("no " + url + ": status " + head.status());
            return Optional.empty();
        }
        return Optional.of(body);
    }

    private ClientLink.Tcp connection(URI url) throws IOException {
        if (url.getHost() == null || !"http".equals(url.getScheme())) {
            throw new IOException("expected a URL of plain HTTP with a host, got " + url);
        }
        InetSocketAddress to =
                new InetSocketAddress(InetAddress.getByName(url.getHost()), url.getPort() < 0 ? 80 : url.getPort());
        ClientLink.Tcp connection = open;
        if (connection == null || !to.equals(where)) {
            close();
            connection = link.connect(to);
            open = connection;
            where = to;
        }
        return connection;
    }

    @Override
    public void close() throws IOException {
        ClientLink.Tcp connection = open;
        open = null;
        if (connection != null) {
            connection.close();
        }
    }

    /** The head of an answer, and what of the body came with it. */
    private record Head(int status, long length, boolean closes, ByteBuffer rest) {
        static Head read(ClientLink.Tcp connection) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] piece = new byte[4096];
            while (all.size() < LONGEST_HEAD) {
                String text = all.toString(StandardCharsets.ISO_8859_1);
                int end = text.indexOf("\r\n\r\n");
                if (end >= 0) {
                    byte[] octets = all.toByteArray();
                    return parse(text.substring(0, end), ByteBuffer.wrap(octets, end + 4, octets.length - end - 4));
                }
                int count = connection.read(piece);
                if (count < 0) {
                    throw new IOException("the server closed before it answered");
                }
                all.write(piece, 0, count);
            }
            throw new IOException("an answer whose head does not end within " + LONGEST_HEAD + " octets");
        }

        private static Head parse(String text, ByteBuffer rest) throws IOException {
            String[] lines = text.split("\r\n", -1);
            long length = -1;
            boolean closes = false;
            for (String line : lines) {
                String lower = line.toLowerCase(Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Long.parseLong(
                            lower.substring("content-length:".length()).strip());
                } else if (lower.startsWith("transfer-encoding:")) {
                    throw new IOException("a body in pieces, which firmware does not understand: " + line);
                }
                closes |= lower.startsWith("connection:") && lower.contains("close");
            }
            if (length < 0 || !lines[0].matches("HTTP/1\\.1 \\d{3}.*")) {
                throw new IOException("expected HTTP/1.1 with a length, got " + lines[0]);
            }
            return new Head(Integer.parseInt(lines[0].substring(9, 12)), length, closes, rest);
        }
    }
}
