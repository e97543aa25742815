package io.diskless.node;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.session.DrbdOptions;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.ReplicationProtocol;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.wire.VolumeState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One copy of a DRBD volume, open. Its resource connects by itself and comes up Secondary: who writes is told, or follows from
 * the model once the peer is seen. Confined to the runtime's thread, but for {@link #state}.
 */
final class Replicated {
    /** DRBD counts volumes of a resource; each volume of the model is a resource with one. */
    static final int VOLUME = 0;

    private final NodeId node;
    private final Disk diskModel;
    private final DrbdResource resource;
    private final @Nullable SharedSecret secret;
    private DrbdVolume model;
    private @Nullable BlockDevice disk;
    /** Whether this runtime made the meta-data: nobody can have good data of which this side does not know. */
    private boolean fresh;
    /** Whether this machine is to write, as far as it was told. */
    private boolean wantsPrimary;
    /** A change of role is under way: nobody begins another. */
    private boolean changing;

    private Replicated(
            NodeId node,
            DrbdVolume model,
            Disk diskModel,
            BlockDevice disk,
            boolean fresh,
            DrbdResource resource,
            @Nullable SharedSecret secret) {
        this.node = node;
        this.model = model;
        this.diskModel = diskModel;
        this.disk = disk;
        this.fresh = fresh;
        this.resource = resource;
        this.secret = secret;
    }

    static Replicated open(NodeId node, DrbdVolume model, Disk diskModel, StorageOptions options, boolean initialise)
            throws NodeException {
        Replica peer = peer(node, model);
        boolean[] fresh = {false};
        BlockDevice disk = disk(diskModel, options, initialise, fresh);
        DrbdResource resource;
        SharedSecret secret = null;
        try {
            Optional<DrbdPolicy.Authentication> proof = model.policy().authentication();
            secret = proof.isPresent() ? options.parts().secret(proof.get().secret()) : null;
            DrbdOptions.Builder builder = DrbdOptions.builder(model.id().name())
                    .addresses(
                            options.parts().replication(node, model.id()),
                            options.parts().replication(peer.node(), model.id()))
                    .net(net(model.policy(), options, secret))
                    .sync(options.sync())
                    // A client of AoE asks again until it is answered: an error would be for ever.
                    .onNoData(DrbdOptions.OnNoData.SUSPEND_IO)
                    .volume(VolumeOptions.of(VOLUME, disk, disk, options.meta()));
            options.transport().ifPresent(builder::transport);
            options.disks().ifPresent(builder::executor);
            resource = DrbdResource.open(builder.build());
        } catch (IOException | IllegalArgumentException e) {
            close(disk, e);
            wipe(secret);
            throw new NodeException(
                    e instanceof DrbdException ? NodeException.Kind.REPLICATION : NodeException.Kind.NOT_SUPPORTED,
                    model.id() + " cannot be opened on " + node,
                    e);
        }
        return new Replicated(node, model, diskModel, disk, fresh[0], resource, secret);
    }

    private static Replica peer(NodeId node, DrbdVolume model) throws NodeException {
        List<Replica> others = model.replicas().stream()
                .filter(copy -> !copy.node().equals(node))
                .toList();
        if (others.size() != 1 || model.replica(node).isEmpty()) {
            throw new NodeException(
                    NodeException.Kind.NOT_SUPPORTED,
                    model.id() + " must have two copies, one of them on " + node + ": this replication speaks to one"
                            + " peer, got copies on "
                            + model.replicas().stream().map(Replica::node).toList());
        }
        return others.get(0);
    }

    private static BlockDevice disk(Disk model, StorageOptions options, boolean initialise, boolean[] fresh)
            throws NodeException {
        BlockDevice disk;
        try {
            disk = options.parts().disk(model);
        } catch (IOException e) {
            throw new NodeException(
                    NodeException.Kind.DISK, model.id() + " (" + model.device() + ") cannot be opened", e);
        }
        try {
            if (initialise) {
                fresh[0] = create(disk, options);
            }
            return disk;
        } catch (NodeException e) {
            close(disk, e);
            throw e;
        }
    }

    /** Meta-data where there is none; whether it was made. */
    private static boolean create(BlockDevice disk, StorageOptions options) throws NodeException {
        try {
            MetaData.create(disk, disk, options.meta()).get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DrbdException known && known.kind() == DrbdException.Kind.CONFLICT) {
                return false;
            }
            throw new NodeException(NodeException.Kind.DISK, "meta-data cannot be made", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NodeException(NodeException.Kind.CLOSED, "interrupted while meta-data was made", e);
        }
    }

    private static void close(BlockDevice disk, Exception because) {
        try {
            disk.close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private static void wipe(@Nullable SharedSecret secret) {
        if (secret != null) {
            secret.close();
        }
    }

    private static @Nullable DigestAlgorithm digest(String name, String what) {
        if (name.isEmpty()) {
            return null;
        }
        return DigestAlgorithm.ofKernelName(name)
                .orElseThrow(() -> new IllegalArgumentException("there is no digest \"" + name + "\" for " + what));
    }

    private static NetOptions net(DrbdPolicy policy, StorageOptions options, @Nullable SharedSecret secret) {
        NetOptions.Builder net = options.net(NetOptions.builder());
        net.protocol(ReplicationProtocol.valueOf(policy.protocol().name()));
        // A migration may come, and both sides must have agreed before: what is allowed now is told to each resource.
        net.twoPrimaries(policy.protocol() == DrbdPolicy.Protocol.C);
        DigestAlgorithm proof = digest(
                policy.authentication()
                        .map(DrbdPolicy.Authentication::algorithm)
                        .orElse(""),
                "authentication");
        if (proof != null && secret != null) {
            net.authentication(proof, secret);
        }
        DigestAlgorithm verify = digest(policy.verifyAlgorithm(), "verify");
        if (verify != null) {
            net.verifyAlg(verify);
        }
        DigestAlgorithm integrity = digest(policy.integrityAlgorithm(), "integrity");
        if (integrity != null) {
            net.dataIntegrityAlg(integrity);
        }
        return net.build();
    }

    DrbdVolume model() {
        return model;
    }

    Disk diskModel() {
        return diskModel;
    }

    DrbdResource resource() {
        return resource;
    }

    NodeId peer() {
        return model.replicas().stream()
                .map(Replica::node)
                .filter(other -> !other.equals(node))
                .findFirst()
                .orElseThrow();
    }

    VolumeState state() {
        return resource.state(VOLUME);
    }

    BlockDevice device() {
        return resource.volume(VOLUME);
    }

    boolean isFresh() {
        return fresh;
    }

    void used() {
        fresh = false;
    }

    boolean wantsPrimary() {
        return wantsPrimary;
    }

    void wantsPrimary(boolean wants) {
        wantsPrimary = wants;
    }

    boolean isChanging() {
        return changing;
    }

    void changing(boolean now) {
        changing = now;
    }

    /** Whether another model of the volume needs another resource. */
    boolean mustReopen(DrbdVolume next, Disk nextDisk) {
        return !next.policy().equals(model.policy())
                || !nextDisk.equals(diskModel)
                || !next.replicas().stream()
                        .map(Replica::node)
                        .toList()
                        .equals(model.replicas().stream().map(Replica::node).toList());
    }

    /** Takes over what can change while the volume is in use; ends when the resource knows it. */
    CompletableFuture<Void> adopt(DrbdVolume next, boolean twoPrimaries) {
        model = next;
        return resource.permitTwoPrimaries(twoPrimaries);
    }

    /** Gives the disk back after a detach. */
    void detached() throws NodeException {
        BlockDevice open = disk;
        disk = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new NodeException(NodeException.Kind.DISK, diskModel.id() + " cannot be closed", e);
            }
        }
    }

    /** Opens the disk again, or another in its place, with meta-data. */
    VolumeOptions reattach(Disk next, StorageOptions options) throws NodeException {
        BlockDevice open = disk(next, options, true, new boolean[1]);
        disk = open;
        return VolumeOptions.of(VOLUME, open, open, options.meta());
    }

    void close(List<Exception> failures) {
        resource.close();
        wipe(secret);
        try {
            detached();
        } catch (NodeException e) {
            failures.add(e);
        }
    }
}
