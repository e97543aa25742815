/** Guests, where they run, and what they are made of. */
package io.diskless.cluster.model.compute;
