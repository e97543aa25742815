/** The configuration files that a site should have, in the narrow form that every version of their programs accepts. */
@org.jspecify.annotations.NullMarked
package io.diskless.cluster.render;
