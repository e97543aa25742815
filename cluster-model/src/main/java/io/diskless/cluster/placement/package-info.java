/** Where a guest should run and why not elsewhere, and how many more of a shape fit. */
package io.diskless.cluster.placement;
