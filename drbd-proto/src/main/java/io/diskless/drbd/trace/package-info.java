/** Looks at captured DRBD conversations: TCP streams put together, packets taken apart, states in words. */
package io.diskless.drbd.trace;
