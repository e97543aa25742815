package io.diskless.netboot.http;

/** Hears of answered requests. It is called on event loops and must not block. */
@FunctionalInterface
public interface HttpListener {
    /**
     * A request was answered, or the client went away before the end.
     *
     * @param report what became of it
     */
    void answered(HttpReport report);
}
