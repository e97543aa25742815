/** The storage path as a graph of layers: disk, md array, DRBD volume, AoE export, multipath, file system. */
package io.diskless.cluster.model.storage;
