/**
 * Configuration files of a diskless site, read and written without loss.
 *
 * <p>Every language stands on the same footing: the {@link io.diskless.cluster.conf.ConfigText} of a file is kept as it
 * is, a {@link io.diskless.cluster.conf.ConfigTree} of statements and words points into it, an edit
 * ({@link io.diskless.cluster.conf.ConfigEditor}) replaces only what it must, and whatever is wrong becomes a
 * {@link io.diskless.cluster.conf.Diagnostic} with file, line and column; reading never throws for bad text. The languages
 * live in packages of their own below this one.
 */
package io.diskless.cluster.conf;
