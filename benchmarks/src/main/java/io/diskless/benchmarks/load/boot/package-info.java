/** Contests between our boot servers and others: the same clients, servers in turn, in network namespaces of their own. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.load.boot;
