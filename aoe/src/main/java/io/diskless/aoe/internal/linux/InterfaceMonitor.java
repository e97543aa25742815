package io.diskless.aoe.internal.linux;

import io.diskless.aoe.AoeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Follows one network interface through a route socket (AF_NETLINK): its index, MTU, address and whether it runs. It is
 * found by name; once found it is followed by its index, and by name again when that is gone, so that an interface that is
 * deleted and created again is recognised with its new index.
 *
 * <pre>
 *  nlmsghdr   u32 length, u16 type, u16 flags, u32 sequence, u32 port       16 bytes
 *  ifinfomsg  u8 family, u8 pad, u16 type, i32 index, u32 flags, u32 change 16 bytes
 *  rtattr     u16 length, u16 type, data, padded to 4                       repeated
 * </pre>
 *
 * <p>Confined to one thread, except {@link #close()} when that thread has left. Allocates nothing after opening.
 */
public final class InterfaceMonitor implements AutoCloseable {
    private static final int HEADER = 16;
    private static final int INFO = 16;
    private static final int BUFFER = 32 * 1024;
    private static final int MAX_NAME = 15;

    private final byte[] name;
    private final int fd;
    private final NativeMemory buffer = new NativeMemory(BUFFER);
    private final NativeMemory request;
    private final int requestLength;

    private int index;
    private int type;
    private int flags;
    private int mtu;
    private long address;
    private boolean closed;

    private InterfaceMonitor(byte[] name, int fd) {
        this.name = name;
        this.fd = fd;
        int attribute = 4 + name.length + 1;
        requestLength = HEADER + INFO + attribute;
        request = new NativeMemory(requestLength + 4);
        request.bytes()
                .putInt(0, requestLength)
                .putShort(4, (short) LinuxConstants.RTM_GETLINK)
                .putShort(6, (short) LinuxConstants.NLM_F_REQUEST)
                .putShort(HEADER + INFO, (short) attribute)
                .putShort(HEADER + INFO + 2, (short) LinuxConstants.IFLA_IFNAME)
                .put(HEADER + INFO + 4, name);
    }

    /** Opens a route socket and asks for the interface. */
    public static InterfaceMonitor open(String name) throws AoeException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_NAME) {
            throw new AoeException(
                    AoeException.Kind.NO_INTERFACE,
                    "an interface name has 1 to 15 bytes, got \"" + name + "\" with " + bytes.length);
        }
        int fd = LibC.socket(
                LinuxConstants.AF_NETLINK,
                LinuxConstants.SOCK_RAW | LinuxConstants.SOCK_NONBLOCK | LinuxConstants.SOCK_CLOEXEC,
                0);
        if (fd < 0) {
            throw Errno.exception("opening a route socket", LibC.errno());
        }
        InterfaceMonitor monitor = new InterfaceMonitor(bytes, fd);
        // sockaddr_nl: u16 family, u16 pad, u32 port, u32 groups.
        NativeMemory to = new NativeMemory(12);
        to.bytes().putShort(0, (short) LinuxConstants.AF_NETLINK).putInt(8, LinuxConstants.RTMGRP_LINK);
        if (LibC.bind(fd, to.address(), 12) < 0) {
            AoeException e = Errno.exception("binding a route socket", LibC.errno());
            monitor.close();
            throw e;
        }
        monitor.query();
        return monitor;
    }

    /** Asks the kernel and takes in the answer together with all news; true if anything changed. */
    public boolean query() {
        ask();
        return refresh();
    }

    /** Takes in news; true if anything changed. One system call when there are none. */
    public boolean refresh() {
        boolean wasPresent = present();
        boolean changed = receive();
        if (wasPresent && !present()) {
            // Perhaps there is another one of that name already.
            ask();
            changed |= receive();
        }
        return changed;
    }

    private void ask() {
        // By index if it is known: the interface may have been renamed. A question that is lost is asked again later.
        request.bytes().putInt(HEADER + 4, index);
        LibC.send(fd, request.address(), requestLength, LinuxConstants.MSG_DONTWAIT);
    }

    private boolean receive() {
        boolean changed = false;
        for (; ; ) {
            long n = LibC.recv(fd, buffer.address(), BUFFER, LinuxConstants.MSG_DONTWAIT);
            if (n >= 0) {
                changed |= parse(buffer.bytes(), (int) n);
                continue;
            }
            int errno = LibC.errno();
            if (errno == Errno.ENOBUFS) {
                ask(); // news were dropped; the answer will tell
            } else if (errno != Errno.EINTR) {
                return changed;
            }
        }
    }

    public int fd() {
        return fd;
    }

    public boolean present() {
        return index != 0;
    }

    /** The interface's index, or 0 if there is none of that name. */
    public int index() {
        return index;
    }

    public boolean running() {
        int wanted = LinuxConstants.IFF_UP | LinuxConstants.IFF_RUNNING;
        return present() && (flags & wanted) == wanted;
    }

    /** Whether frames on it have Ethernet headers. */
    public boolean ethernet() {
        return type == LinuxConstants.ARPHRD_ETHER || type == LinuxConstants.ARPHRD_LOOPBACK;
    }

    /** The last known value. */
    public int mtu() {
        return mtu;
    }

    /** The last known value, 48 bits. */
    public long address() {
        return address;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            LibC.close(fd);
        }
    }

    /** Reads what one recv brought; bytes behind a message that lies about its length are left alone. */
    boolean parse(ByteBuffer b, int end) {
        boolean changed = false;
        for (int at = 0; end - at >= HEADER; ) {
            int length = b.getInt(at);
            if (length < HEADER || length > end - at) {
                break;
            }
            switch (b.getShort(at + 4)) {
                case LinuxConstants.RTM_NEWLINK -> changed |= onNew(b, at + HEADER, at + length);
                case LinuxConstants.RTM_DELLINK -> changed |= onDelete(b, at + HEADER, at + length);
                case LinuxConstants.NLMSG_ERROR -> changed |= onError(b, at + HEADER, at + length);
                default -> {}
            }
            at += (length + 3) & ~3;
        }
        return changed;
    }

    private boolean onNew(ByteBuffer b, int at, int end) {
        // Family is set when a bridge speaks of one of its ports; that is not the interface's own news.
        if (end - at < INFO || b.get(at) != 0) {
            return false;
        }
        int newIndex = b.getInt(at + 4);
        int newMtu = 0;
        long newAddress = 0;
        boolean named = false;
        for (int a = at + INFO; end - a >= 4; ) {
            int length = b.getShort(a) & 0xFFFF;
            if (length < 4 || length > end - a) {
                break;
            }
            switch (b.getShort(a + 2) & 0x3FFF) {
                case LinuxConstants.IFLA_IFNAME -> named = nameIs(b, a + 4, length - 4);
                case LinuxConstants.IFLA_MTU -> newMtu = length >= 8 ? b.getInt(a + 4) : 0;
                case LinuxConstants.IFLA_ADDRESS -> newAddress = length >= 10 ? mac(b, a + 4) : 0;
                default -> {}
            }
            a += (length + 3) & ~3;
        }
        if (present() ? newIndex != index : !named) {
            return false;
        }
        int newType = b.getShort(at + 2) & 0xFFFF;
        int newFlags = b.getInt(at + 8);
        boolean changed =
                newIndex != index || newType != type || newFlags != flags || newMtu != mtu || newAddress != address;
        index = newIndex;
        type = newType;
        flags = newFlags;
        mtu = newMtu;
        address = newAddress;
        return changed;
    }

    private boolean onDelete(ByteBuffer b, int at, int end) {
        if (end - at < INFO || b.get(at) != 0 || !present() || b.getInt(at + 4) != index) {
            return false;
        }
        index = 0;
        return true;
    }

    /** The answer to a question for what does not exist: i32 error at 0, the question's header behind it. */
    private boolean onError(ByteBuffer b, int at, int end) {
        if (end - at < 4 || b.getInt(at) != -Errno.ENODEV || !present()) {
            return false;
        }
        index = 0;
        return true;
    }

    private boolean nameIs(ByteBuffer b, int at, int length) {
        if (length < name.length || (length > name.length && b.get(at + name.length) != 0)) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (b.get(at + i) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private static long mac(ByteBuffer b, int at) {
        long value = 0;
        for (int i = 0; i < 6; i++) {
            value = value << 8 | (b.get(at + i) & 0xFF);
        }
        return value;
    }

    @Override
    public String toString() {
        return new String(name, StandardCharsets.UTF_8) + Arrays.toString(new int[] {index, flags, mtu});
    }
}
