package io.diskless.netboot.http;

import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * A request that was answered. Immutable.
 *
 * @param client the client's address and port
 * @param method as the client sent it
 * @param path as the client sent it; may hold anything
 * @param status the answer's code
 * @param length octets of the answer's body, 0 for HEAD
 * @param complete whether all of it was given to the system; UEFI clients end with a reset, which says nothing
 */
public record HttpReport(
        InetSocketAddress client, String method, String path, int status, long length, boolean complete) {
    /** Checks that nothing is null. */
    public HttpReport {
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(path, "path");
    }
}
