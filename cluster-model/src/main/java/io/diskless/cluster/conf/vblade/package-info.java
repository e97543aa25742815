/** Exports of vblade, in the form that Debian's package keeps them. */
package io.diskless.cluster.conf.vblade;
