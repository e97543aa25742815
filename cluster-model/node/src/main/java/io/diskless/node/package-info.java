/**
 * One door for each kind of node, and what carries out plans on them: {@link io.diskless.node.StorageNodeRuntime},
 * {@link io.diskless.node.ConfigNodeRuntime}, {@link io.diskless.node.SiteExecutor}.
 */
package io.diskless.node;
