/**
 * What a DRBD volume decides, as pure functions over the values of the wire: data generations and who has to copy from
 * whom, roles, disks and connection states and how they may change.
 *
 * <p>Nothing here does I/O, keeps time or starts threads. {@link io.diskless.drbd.state.UuidComparison} is the decision
 * table of the generations, {@link io.diskless.drbd.state.SyncHandshake} what a connecting pair makes of it, and
 * {@link io.diskless.drbd.state.Generations} the operations that move a set of generations on.
 */
package io.diskless.drbd.state;
