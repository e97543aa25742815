package io.diskless.store.zookeeper;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Carries bytes between clients and one server until it is cut; then nothing arrives and nobody is told, as in a partition. What
 * was on its way is lost.
 */
final class Wire implements AutoCloseable {
    private final ServerSocket door;
    private final int server;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private boolean cut;

    Wire(int server) throws IOException {
        this.server = server;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    String address() {
        return "127.0.0.1:" + door.getLocalPort();
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "wire");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                sockets.add(client);
                if (isCut()) {
                    continue;
                }
                Socket there = new Socket(InetAddress.getLoopbackAddress(), server);
                sockets.add(there);
                start(() -> pump(client, there));
                start(() -> pump(there, client));
            }
        } catch (IOException closed) {
            // The end of the test, or of the server; a client sees a connection that never answers.
        }
    }

    private void pump(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] bytes = new byte[8192];
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                if (!isCut()) {
                    out.write(bytes, 0, n);
                }
            }
        } catch (IOException ended) {
            // One side is gone; closing both tells the other.
        }
    }

    private synchronized boolean isCut() {
        return cut;
    }

    synchronized void cut() {
        cut = true;
    }

    /** Old connections have lost bytes and cannot go on: they end now. */
    void heal() throws IOException {
        synchronized (this) {
            cut = false;
        }
        List<Socket> old = new ArrayList<>(sockets);
        sockets.removeAll(old);
        for (Socket socket : old) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        heal();
    }
}
