package io.diskless.netboot.tftp;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Resources of a class loader; what was read once stays, and there is only as much as the class path holds. Thread-safe. */
final class ClassPathContent implements TftpContent {
    private final ClassLoader loader;
    private final String prefix;
    private final Map<String, byte[]> read = new ConcurrentHashMap<>();

    ClassPathContent(ClassLoader loader, String prefix) {
        this.loader = Objects.requireNonNull(loader, "loader");
        if (!prefix.endsWith("/")) {
            throw new IllegalArgumentException("expected a prefix that ends with a slash, but it is " + prefix);
        }
        this.prefix = prefix;
    }

    @Override
    public Optional<TftpData> open(String name, InetSocketAddress client) throws IOException {
        byte[] known = read.get(name);
        if (known == null) {
            try (InputStream in = loader.getResourceAsStream(prefix + name)) {
                if (in == null) {
                    return Optional.empty();
                }
                known = in.readAllBytes();
            }
            read.put(name, known);
        }
        return Optional.of(TftpData.of(known));
    }
}
