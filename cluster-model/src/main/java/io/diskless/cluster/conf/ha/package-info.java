/** The stacks that keep a pair of configuration nodes: corosync, Pacemaker's CIB, and the older heartbeat. */
package io.diskless.cluster.conf.ha;
