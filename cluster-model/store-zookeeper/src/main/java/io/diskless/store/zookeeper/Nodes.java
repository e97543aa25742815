package io.diskless.store.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;

/**
 * The nodes of a store under its path. Thread-safe.
 *
 * <pre>
 * head                 where the history ends, see {@link Head}
 * log/SEGMENT/REVISION a commit, 1000 to a segment, for a list of children must fit into one packet
 * chunks/ID/NUMBER     parts of what is too long for one node
 * snap/REVISION        "HASH", and the site
 * token/KEY            its version is the greatest token of the key
 * lease/KEY            "ID HOLDER", ephemeral
 * </pre>
 *
 * <p>A commit or snapshot begins with a line that is {@code inline ID} or {@code chunks ID COUNT}; the ID tells a writer that
 * lost its connection whether the commit that is there now is its own.
 */
final class Nodes {
    private static final int SEGMENT = 1000;

    private final CuratorFramework client;
    private final int chunkBytes;

    Nodes(CuratorFramework client, int chunkBytes) {
        this.client = client;
        this.chunkBytes = chunkBytes;
    }

    static String segment(long revision) {
        return String.format(Locale.ROOT, "/log/%016d", revision / SEGMENT);
    }

    static String commit(long revision) {
        return String.format(Locale.ROOT, "%s/%019d", segment(revision), revision);
    }

    static String snapshot(long revision) {
        return String.format(Locale.ROOT, "/snap/%019d", revision);
    }

    /** What ZooKeeper said, in words of the store. */
    static StoreException failure(String what, Exception failed) {
        if (failed instanceof StoreException known) {
            return known;
        }
        if (failed instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            return new StoreException(StoreException.Kind.UNREACHABLE, what + ": interrupted", failed);
        }
        if (failed instanceof KeeperException keeper) {
            return switch (keeper.code()) {
                case CONNECTIONLOSS, OPERATIONTIMEOUT, SESSIONEXPIRED, SESSIONMOVED ->
                    new StoreException(
                            StoreException.Kind.UNREACHABLE,
                            what + ": no answer from the ensemble (" + keeper.code() + ")",
                            failed);
                case NONODE ->
                    new StoreException(
                            StoreException.Kind.CORRUPT, what + ": " + keeper.getPath() + " is missing", failed);
                default -> new StoreException(StoreException.Kind.IO, what + ": " + keeper.getMessage(), failed);
            };
        }
        return new StoreException(StoreException.Kind.IO, what + ": " + failed, failed);
    }

    /** Which operation of a transaction was the first that failed; -1 if that is not told. */
    static int failedOperation(KeeperException failed) {
        List<OpResult> results = failed.getResults();
        for (int i = 0; results != null && i < results.size(); i++) {
            if (results.get(i) instanceof OpResult.ErrorResult error
                    && error.getErr() != KeeperException.Code.OK.intValue()
                    && error.getErr() != KeeperException.Code.RUNTIMEINCONSISTENCY.intValue()) {
                return i;
            }
        }
        return -1;
    }

    void ensure(String path, byte[] data) throws Exception {
        if (client.checkExists().forPath(path) == null) {
            try {
                client.create().creatingParentsIfNeeded().forPath(path, data);
            } catch (KeeperException.NodeExistsException other) {
                // Somebody was faster, with the same.
            }
        }
    }

    byte[] read(String path, Stat stat) throws Exception {
        return client.getData().storingStatIn(stat).forPath(path);
    }

    /** What is to be in a node, after what does not fit into it was stored. */
    byte[] pack(String id, byte[] content) throws Exception {
        if (content.length <= chunkBytes) {
            return join("inline " + id + "\n", content);
        }
        int count = 0;
        ensure("/chunks/" + id, new byte[0]);
        for (int at = 0; at < content.length; at += chunkBytes) {
            byte[] part = Arrays.copyOfRange(content, at, Math.min(content.length, at + chunkBytes));
            ensure("/chunks/" + id + "/" + count++, part);
        }
        return ("chunks " + id + " " + count + "\n").getBytes(UTF_8);
    }

    private static byte[] join(String first, byte[] second) {
        byte[] head = first.getBytes(UTF_8);
        byte[] all = Arrays.copyOf(head, head.length + second.length);
        System.arraycopy(second, 0, all, head.length, second.length);
        return all;
    }

    private static String[] line(byte[] node) throws StoreException {
        int end = 0;
        while (end < node.length && node[end] != '\n') {
            end++;
        }
        String[] words = new String(node, 0, end, UTF_8).split(" ", -1);
        if (end == node.length || !(words[0].equals("inline") || (words[0].equals("chunks") && words.length == 3))) {
            throw new StoreException(StoreException.Kind.CORRUPT, "a node begins with an unknown line");
        }
        return words;
    }

    static String id(byte[] node) throws StoreException {
        return line(node)[1];
    }

    /** The content of a node as {@link #pack} made it. */
    byte[] unpack(byte[] node) throws Exception {
        String[] words = line(node);
        if (words[0].equals("inline")) {
            int start = words[0].length() + words[1].length() + 2;
            return Arrays.copyOfRange(node, start, node.length);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < Integer.parseInt(words[2]); i++) {
            all.writeBytes(client.getData().forPath("/chunks/" + words[1] + "/" + i));
        }
        return all.toByteArray();
    }

    void deleteWithChunks(String path) throws Exception {
        String[] words = line(client.getData().forPath(path));
        client.delete().quietly().forPath(path);
        if (words[0].equals("chunks")) {
            client.delete().quietly().deletingChildrenIfNeeded().forPath("/chunks/" + words[1]);
        }
    }

    /** The nodes of commits, asked for all at once. */
    List<byte[]> commits(long from, int count) throws Exception {
        List<CompletableFuture<CuratorEvent>> asked = new ArrayList<>();
        for (long revision = from; revision < from + count; revision++) {
            CompletableFuture<CuratorEvent> answer = new CompletableFuture<>();
            client.getData()
                    .inBackground((c, event) -> answer.complete(event))
                    .withUnhandledErrorListener((message, failed) -> answer.completeExceptionally(failed))
                    .forPath(commit(revision));
            asked.add(answer);
        }
        List<byte[]> nodes = new ArrayList<>();
        for (CompletableFuture<CuratorEvent> answer : asked) {
            CuratorEvent event = answer.get();
            if (event.getResultCode() != 0) {
                throw KeeperException.create(KeeperException.Code.get(event.getResultCode()), event.getPath());
            }
            nodes.add(event.getData());
        }
        return nodes;
    }

    void transaction(List<CuratorOp> operations) throws Exception {
        client.transaction().forOperations(operations);
    }

    CuratorOp check(String path, int version) throws Exception {
        return client.transactionOp().check().withVersion(version).forPath(path);
    }

    CuratorOp set(String path, int version, byte[] data) throws Exception {
        return client.transactionOp().setData().withVersion(version).forPath(path, data);
    }

    CuratorOp create(String path, CreateMode mode, byte[] data) throws Exception {
        return client.transactionOp().create().withMode(mode).forPath(path, data);
    }

    CuratorOp delete(String path) throws Exception {
        return client.transactionOp().delete().forPath(path);
    }

    static String newId() {
        return UUID.randomUUID().toString();
    }
}
