package io.diskless.aoe.link;

/** Hears of changes of a link, on the thread that polls it, between two frames. */
public interface LinkListener {
    /**
     * The state changed, or {@link EthernetLink#address()} did: then the state may be the one told before.
     *
     * @param link the link
     * @param state the state now
     */
    void onState(EthernetLink link, LinkState state);

    /**
     * The MTU of the interface changed. A link keeps its slots: {@link EthernetLink#mtu()} tells the smaller of the
     * interface's MTU and what the slots hold.
     *
     * @param link the link
     * @param mtu the new value of {@link EthernetLink#mtu()}
     */
    void onMtu(EthernetLink link, int mtu);
}
