/** Addresses of the site: values that cannot be illegal once they exist. */
package io.diskless.cluster.net;
