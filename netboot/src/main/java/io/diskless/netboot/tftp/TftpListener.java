package io.diskless.netboot.tftp;

import java.net.InetSocketAddress;

/** Hears of transfers. It is called on the server's event loop and must not block. */
@FunctionalInterface
public interface TftpListener {
    /**
     * A transfer to a client has ended.
     *
     * @param report how
     */
    void ended(TftpReport report);

    /**
     * A client has written a file, or tried to.
     *
     * @param report how it ended; {@link TftpOutcome#COMPLETED} where the file is kept
     */
    default void received(TftpReport report) {
        // Whoever does not care hears nothing.
    }

    /**
     * A request got an ERROR, and no transfer began.
     *
     * @param client who asked
     * @param filename the name as the client sent it, one character for each byte; may hold anything but a zero byte
     * @param code the error code of RFC 1350: 1 where there is no such file
     */
    default void refused(InetSocketAddress client, String filename, int code) {
        // Whoever does not care hears nothing.
    }
}
