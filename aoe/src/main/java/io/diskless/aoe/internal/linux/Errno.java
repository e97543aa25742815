package io.diskless.aoe.internal.linux;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.AoeException.Kind;

/** The error numbers that packet sockets give, and what they mean to a person. Immutable. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int EINTR = 4;
    public static final int ENXIO = 6;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int EMFILE = 24;
    public static final int EMSGSIZE = 90;
    public static final int EAFNOSUPPORT = 97;
    public static final int ENETDOWN = 100;
    public static final int ENOBUFS = 105;

    /** What to do where packet sockets are not allowed. */
    public static final String PRIVILEGE_REMEDY = "needs CAP_NET_RAW: run as root, give the JVM the capability"
            + " (setpriv --ambient-caps +net_raw --inh-caps +net_raw), or run inside"
            + " `unshare --user --map-root-user --net`";

    private Errno() {}

    public static String text(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM (operation not permitted)";
            case EINTR -> "EINTR (interrupted)";
            case ENXIO -> "ENXIO (no such device or address)";
            case EAGAIN -> "EAGAIN (try again)";
            case ENOMEM -> "ENOMEM (out of memory)";
            case EACCES -> "EACCES (permission denied)";
            case EBUSY -> "EBUSY (busy)";
            case ENODEV -> "ENODEV (no such device)";
            case EINVAL -> "EINVAL (invalid argument)";
            case EMFILE -> "EMFILE (too many open files)";
            case EMSGSIZE -> "EMSGSIZE (message too long)";
            case EAFNOSUPPORT -> "EAFNOSUPPORT (address family not supported)";
            case ENETDOWN -> "ENETDOWN (network is down)";
            case ENOBUFS -> "ENOBUFS (no buffer space)";
            default -> "errno " + errno;
        };
    }

    /** An exception for a failed call. */
    public static AoeException exception(String what, int errno) {
        String message = what + " failed: " + text(errno);
        return switch (errno) {
            case EPERM, EACCES -> new AoeException(Kind.NO_PRIVILEGE, message + "; " + PRIVILEGE_REMEDY);
            case ENODEV, ENXIO -> new AoeException(Kind.NO_INTERFACE, message);
            case ENOMEM -> new AoeException(Kind.NOT_SUPPORTED, message + "; ask for fewer slots");
            case EAFNOSUPPORT ->
                new AoeException(
                        Kind.NOT_SUPPORTED, message + "; the kernel has no packet sockets (CONFIG_PACKET, af_packet)");
            case EMFILE -> new AoeException(Kind.IO, message + "; raise the limit of open files (ulimit -n)");
            default -> new AoeException(Kind.IO, message);
        };
    }
}
