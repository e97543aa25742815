package io.diskless.aoe.initiator;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.FrameHandler;
import io.diskless.aoe.link.LinkState;
import org.jspecify.annotations.Nullable;

/** One of our own Ethernet ports. Confined to the event loop. */
final class Port implements FrameHandler {
    final EthernetLink link;
    final String name;
    private final EventLoop loop;

    /** Source of what is sent; an interface may come back with another one. */
    long mac;

    int mtu;
    LinkState state;
    /** Frames were committed since the last kick. */
    private boolean dirty;

    Port(EventLoop loop, EthernetLink link) {
        this.loop = loop;
        this.link = link;
        name = link.name();
        mac = link.address().value();
        mtu = link.mtu();
        state = link.state();
    }

    boolean isUp() {
        return state == LinkState.UP;
    }

    /** A slot to fill, or null if none is free even after those committed were kicked. */
    @Nullable
    Frame claim() {
        Frame frame = link.claim();
        if (frame == null) {
            flush();
            frame = link.claim();
        }
        return frame;
    }

    void commit(int length) {
        link.commit(length);
        dirty = true;
    }

    void flush() {
        if (dirty) {
            dirty = false;
            link.flush();
        }
    }

    @Override
    public void onFrame(Frame frame) {
        loop.onFrame(this, frame);
    }
}
