/** Typed names of the things of a site: a node's name cannot be passed where a segment's is wanted. */
package io.diskless.cluster.model.id;
