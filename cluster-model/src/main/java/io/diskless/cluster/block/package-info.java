/**
 * The seam of the house: {@link io.diskless.cluster.block.BlockDevice}, and the plain devices that need nothing but this
 * package.
 *
 * <p>Everything that stores blocks is a block device, everything that serves blocks takes one; a storage node is a
 * composition of them.
 */
package io.diskless.cluster.block;
