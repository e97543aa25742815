/** A site and its history on a ZooKeeper ensemble. */
@org.jspecify.annotations.NullMarked
package io.diskless.store.zookeeper;
