package io.diskless.drbd.wire;

/**
 * The state of a volume as one side sees it: {@link StateWord} as a value, which keeps bits that mean nothing to us.
 *
 * <p>Immutable.
 *
 * @param word the 32 bits, see {@link StateWord}
 */
public record VolumeState(int word) {
    /**
     * A state without flags.
     *
     * @param role the own role
     * @param peer the role of the peer
     * @param connection connection state
     * @param disk the own disk
     * @param peerDisk the disk of the peer
     * @return the state
     * @throws IllegalArgumentException if one of them is UNRECOGNIZED
     */
    public static VolumeState of(Role role, Role peer, ConnectionState connection, DiskState disk, DiskState peerDisk) {
        return new VolumeState(StateWord.of(role, peer, connection, disk, peerDisk));
    }

    /**
     * The own role.
     *
     * @return the role
     */
    public Role role() {
        return StateWord.role(word);
    }

    /**
     * The role of the peer.
     *
     * @return the role
     */
    public Role peer() {
        return StateWord.peer(word);
    }

    /**
     * Connection state.
     *
     * @return the state
     */
    public ConnectionState connection() {
        return StateWord.connection(word);
    }

    /**
     * The own disk.
     *
     * @return the state
     */
    public DiskState disk() {
        return StateWord.disk(word);
    }

    /**
     * The disk of the peer.
     *
     * @return the state
     */
    public DiskState peerDisk() {
        return StateWord.peerDisk(word);
    }

    /**
     * Whether flags are set.
     *
     * @param flags one or more of {@link StateWord#SUSP} to {@link StateWord#SUSP_FEN}
     * @return true if all of them are
     */
    public boolean has(int flags) {
        return StateWord.has(word, flags);
    }

    /**
     * The same with another role.
     *
     * @param role the own role
     * @return the new state
     */
    public VolumeState withRole(Role role) {
        return new VolumeState(StateWord.withRole(word, role));
    }

    /**
     * The same with another role of the peer.
     *
     * @param peer the peer's role
     * @return the new state
     */
    public VolumeState withPeer(Role peer) {
        return new VolumeState(StateWord.withPeer(word, peer));
    }

    /**
     * The same with another connection state.
     *
     * @param connection the connection state
     * @return the new state
     */
    public VolumeState withConnection(ConnectionState connection) {
        return new VolumeState(StateWord.withConnection(word, connection));
    }

    /**
     * The same with another state of the own disk.
     *
     * @param disk the own disk
     * @return the new state
     */
    public VolumeState withDisk(DiskState disk) {
        return new VolumeState(StateWord.withDisk(word, disk));
    }

    /**
     * The same with another state of the peer's disk.
     *
     * @param disk the peer's disk
     * @return the new state
     */
    public VolumeState withPeerDisk(DiskState disk) {
        return new VolumeState(StateWord.withPeerDisk(word, disk));
    }

    /**
     * The same with flags set or cleared.
     *
     * @param flags one or more of {@link StateWord#SUSP} to {@link StateWord#SUSP_FEN}
     * @param on whether they are to be set
     * @return the new state
     */
    public VolumeState withFlags(int flags, boolean on) {
        return new VolumeState(StateWord.withFlags(word, flags, on));
    }

    /** {@return such as {@code cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate}} */
    @Override
    public String toString() {
        return StateWord.describe(word);
    }
}
