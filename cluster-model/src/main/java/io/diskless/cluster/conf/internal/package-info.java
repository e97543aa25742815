/** What the configuration languages share and nobody else sees. */
package io.diskless.cluster.conf.internal;
