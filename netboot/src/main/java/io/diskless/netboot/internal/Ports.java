package io.diskless.netboot.internal;

import io.diskless.netboot.NetbootException;
import java.net.BindException;
import java.net.InetSocketAddress;

/** Why a server cannot listen, and what helps. Immutable: no state. */
public final class Ports {
    private Ports() {}

    /**
     * Turns what the system said into what a user can act on.
     *
     * @param address where the server wanted to listen
     * @param cause what the bind failed with; the JDK tells a missing privilege only in its message
     * @return the exception to throw
     */
    public static NetbootException cannotListen(InetSocketAddress address, Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        if (cause instanceof BindException && text.contains("in use")) {
            return new NetbootException(
                    NetbootException.Kind.PORT_IN_USE,
                    "cannot listen on " + where(address) + ": another server has the port",
                    cause);
        }
        if (text.contains("ermission")) {
            return new NetbootException(
                    NetbootException.Kind.NO_PRIVILEGE,
                    "cannot listen on " + where(address) + ": ports below 1024 need CAP_NET_BIND_SERVICE",
                    cause);
        }
        return new NetbootException(
                NetbootException.Kind.IO, "cannot listen on " + where(address) + ": " + text, cause);
    }

    /** Without the slash that stands for a name which was not looked up. */
    private static String where(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
