/** DRBD-compatible replication protocol. Nothing is here yet: the first class comes with the first peer that accepts it. */
package io.diskless.drbd;
