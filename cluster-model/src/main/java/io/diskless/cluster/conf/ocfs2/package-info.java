/**
 * OCFS2's {@code cluster.conf}: read with the tool's own verdict, checked for what the kernel will refuse later, and
 * rendered byte for byte as {@code o2cb} writes it.
 */
package io.diskless.cluster.conf.ocfs2;
