package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a user, from admission to completion; pooled. The fields are confined to the mirror's lock, except
 * between {@link #prepare} and {@link #run}, where they do not change.
 */
final class Request extends Task {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int ZERO = 2;
    static final int FLUSH = 3;

    private final MirrorCore core;
    private final Part[] parts;
    int kind;
    long offset;
    long length;
    int flags;
    int firstRegion;
    int lastRegion;

    @Nullable
    ByteBuffer buffer;

    @Nullable
    Completion user;
    /** Of {@link WriteGate}. */
    @Nullable
    Request nextActive;

    @Nullable
    Request prevActive;
    /** Legs that the operation was sent to. */
    int mask;
    /** Legs that a read was tried on in vain. */
    int tried;
    /** The change of the leg table that must be durable before this is acknowledged. */
    long needChange;

    @Nullable
    BlockException result;

    boolean acknowledge;
    private int pending;
    private long startedAt;
    private BufferViews.@Nullable Entry views;

    Request(MirrorCore core) {
        this.core = core;
        this.parts = new Part[core.legs.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = new Part(i);
        }
    }

    boolean isWrite() {
        return kind == WRITE || kind == ZERO;
    }

    /** One leg's share. */
    private final class Part extends LegCall {
        final int leg;

        @Nullable
        BlockException failure;

        Part(int leg) {
            this.leg = leg;
        }

        @Override
        void ended(@Nullable BlockException end) {
            partEnded(this, end);
        }
    }

    /** Whether a late answer of a leg that threw could still come. */
    boolean isBroken() {
        boolean broken = false;
        for (Part part : parts) {
            broken |= part.isBroken();
        }
        return broken;
    }

    @Override
    void prepare() {
        if (acknowledge) {
            return;
        }
        if (kind == READ) {
            Leg leg = core.chooseForRead(tried);
            mask = leg == null ? 0 : leg.bit;
            if (leg != null) {
                leg.readsInFlight++;
            }
        } else {
            mask = core.writableLegs();
            if (isWrite()) {
                core.missedBy(~mask, firstRegion, lastRegion);
            }
            ByteBuffer source = buffer;
            if (source != null) {
                views = core.views.acquire(source);
            }
        }
        pending = Integer.bitCount(mask);
        startedAt = core.clock.getAsLong();
        for (Leg leg : core.legs) {
            if ((leg.bit & mask) != 0) {
                leg.inFlight++;
            }
        }
    }

    @Override
    void run() {
        if (acknowledge) {
            core.acknowledge(this);
            return;
        }
        int to = mask;
        if (to == 0) {
            synchronized (core.lock) {
                core.outcomes().finishRead(this);
            }
            return;
        }
        // After the last leg was called this request may be somebody else's; only locals from there on.
        int count = parts.length;
        for (int i = 0; i < count; i++) {
            if ((to & 1 << i) != 0) {
                issue(core.legs[i], parts[i]);
            }
        }
    }

    private void issue(Leg leg, Part part) {
        long at = leg.dataOffset + offset;
        ByteBuffer data = buffer;
        switch (kind) {
            case READ -> part.read(leg.device(), at, java.util.Objects.requireNonNull(data));
            case WRITE -> {
                BufferViews.Entry entry = java.util.Objects.requireNonNull(views);
                part.write(leg.device(), at, entry.view(leg.index, java.util.Objects.requireNonNull(data)), flags);
            }
            case ZERO -> part.writeZeroes(leg.device(), at, length);
            default -> part.flush(leg.device());
        }
    }

    private void partEnded(Part part, @Nullable BlockException failure) {
        synchronized (core.lock) {
            Leg leg = core.legs[part.leg];
            part.failure = failure;
            leg.inFlight--;
            long now = core.clock.getAsLong();
            if (kind == READ) {
                leg.readsInFlight--;
                if (failure == null) {
                    leg.reads++;
                    leg.sampleRead(now - startedAt, now);
                }
            } else if (failure == null && isWrite()) {
                leg.writes++;
                leg.sampleWrite(now - startedAt);
            }
            if (failure != null) {
                leg.errors++;
            }
            if (--pending == 0) {
                BufferViews.Entry entry = views;
                if (entry != null) {
                    core.views.release(entry);
                    views = null;
                }
                if (kind == READ) {
                    core.outcomes().finishRead(this);
                } else {
                    core.outcomes().finishWrite(this);
                }
            }
        }
        core.drain();
    }

    @Nullable
    BlockException failure(int leg) {
        return (mask & 1 << leg) == 0 ? null : parts[leg].failure;
    }

    void reset() {
        buffer = null;
        user = null;
        result = null;
        acknowledge = false;
        tried = 0;
        mask = 0;
        needChange = 0;
        for (Part part : parts) {
            part.failure = null;
        }
    }
}
