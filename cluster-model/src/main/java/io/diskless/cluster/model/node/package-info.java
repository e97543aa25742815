/** Machines, what they are plugged into, and what they boot. */
package io.diskless.cluster.model.node;
