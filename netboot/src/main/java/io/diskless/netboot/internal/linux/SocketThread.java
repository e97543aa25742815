package io.diskless.netboot.internal.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that waits at sockets and calls whoever reads them. Closing ends the thread, then closes the sockets. Thread-safe.
 */
public final class SocketThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketThread.class);
    /** sizeof(struct pollfd): i32 descriptor, i16 wanted, i16 what is. */
    private static final int POLLFD = 8;

    private static final short POLLIN = 1;
    private static final short POLLNVAL = 32;

    private final List<NativeSocket> sockets;
    private final List<Reader> readers;
    private final int wake;
    private final Thread thread;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** The last error, until something is read again: all sockets of an interface that is down say the same. */
    private @Nullable String trouble;

    /** Takes what waits at a socket. It is called on the thread. */
    @FunctionalInterface
    public interface Reader {
        /**
         * Something waits, or an error.
         *
         * @throws IOException where the system reports one
         * @throws InterruptedException if the thread is to end
         */
        void read() throws IOException, InterruptedException;
    }

    private SocketThread(String name, List<NativeSocket> sockets, List<Reader> readers, int wake) {
        this.sockets = sockets;
        this.readers = readers;
        this.wake = wake;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /** Gathers sockets for a thread. Not thread-safe. */
    public static final class Builder {
        private final List<NativeSocket> sockets = new ArrayList<>();
        private final List<Reader> readers = new ArrayList<>();

        /** None yet. */
        public Builder() {}

        /**
         * Adds one, which the thread's owner then closes with the thread.
         *
         * @param socket the socket
         * @param reader called whenever something waits
         */
        public void udp(DeviceUdpSocket socket, Reader reader) {
            sockets.add(socket);
            readers.add(reader);
        }

        /**
         * Adds one, which the thread's owner then closes with the thread.
         *
         * @param socket the socket
         * @param reader called whenever something waits
         */
        public void packets(PacketSocket socket, Reader reader) {
            sockets.add(socket);
            readers.add(reader);
        }

        /**
         * Whether there is nothing to wait for.
         *
         * @return whether no socket was added
         */
        public boolean isEmpty() {
            return sockets.isEmpty();
        }

        /** Closes the sockets, where no thread will. */
        public void abandon() {
            sockets.forEach(NativeSocket::close);
        }

        /**
         * Starts the thread.
         *
         * @param name its name
         * @return the running thread
         * @throws IOException where the system has no descriptor left
         */
        public SocketThread start(String name) throws IOException {
            int wake = NativeSockets.checked(
                    LibC.eventfd(0, NativeSockets.EFD_NONBLOCK | NativeSockets.EFD_CLOEXEC), "an event descriptor");
            SocketThread started = new SocketThread(name, List.copyOf(sockets), List.copyOf(readers), wake);
            started.thread.start();
            return started;
        }
    }

    private void run() {
        ByteBuffer fds = NativeSockets.memory(POLLFD * (sockets.size() + 1));
        for (int i = 0; i < sockets.size(); i++) {
            fds.putInt(POLLFD * i, sockets.get(i).fd).putShort(POLLFD * i + 4, POLLIN);
        }
        int last = POLLFD * sockets.size();
        fds.putInt(last, wake).putShort(last + 4, POLLIN);
        while (!closed.get()) {
            int ready = LibC.poll(LibC.address(fds), sockets.size() + 1L, -1);
            if (ready < 0 && !NativeSockets.isInterrupted(LibC.errno())) {
                LOG.error("{}: waiting failed with error {}, so it ends", thread.getName(), LibC.errno());
                return;
            }
            for (int i = 0; ready > 0 && i < sockets.size() && !closed.get(); i++) {
                short is = fds.getShort(POLLFD * i + 6);
                if ((is & POLLNVAL) != 0) {
                    LOG.error("{}: socket {} is gone, so it ends", thread.getName(), i);
                    return;
                }
                if (is != 0 && !read(readers.get(i))) {
                    return;
                }
            }
        }
    }

    private boolean read(Reader reader) {
        try {
            reader.read();
            trouble = null;
            return true;
        } catch (IOException e) {
            // Such as an interface that was taken down: reading the error ends it.
            String message = String.valueOf(e.getMessage());
            if (!message.equals(trouble)) {
                LOG.warn("{}: {}", thread.getName(), message);
            }
            trouble = message;
            return true;
        } catch (RuntimeException e) {
            LOG.error("{}: what came in could not be dealt with", thread.getName(), e);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends the thread and closes its sockets; later calls do nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        ByteBuffer one = NativeSockets.memory(8);
        one.putLong(0, 1);
        LibC.write(wake, LibC.address(one), 8);
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        sockets.forEach(NativeSocket::close);
        LibC.close(wake);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
