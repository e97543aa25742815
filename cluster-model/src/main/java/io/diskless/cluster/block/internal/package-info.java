/** What the devices of the house share and nobody else may rely on. */
package io.diskless.cluster.block.internal;
