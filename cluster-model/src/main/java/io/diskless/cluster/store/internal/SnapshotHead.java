package io.diskless.cluster.store.internal;

/**
 * The first entry of a snapshot.
 *
 * @param revision of the site in it
 * @param hash of the commit that made that revision
 */
public record SnapshotHead(long revision, String hash) {}
