package io.diskless.netboot.tftp;

/** Hears of transfers. It is called on the server's event loop and must not block. */
@FunctionalInterface
public interface TftpListener {
    /**
     * A transfer has ended.
     *
     * @param report how
     */
    void ended(TftpReport report);
}
