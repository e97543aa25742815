/** The whole cloud on real Ethernet: each node a process in its own namespace, guests in emulated machines. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.lab.live;
