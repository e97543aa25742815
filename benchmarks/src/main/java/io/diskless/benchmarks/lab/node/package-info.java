/** What runs on a node: agents that obey a director by a protocol of lines, the load, and the reading for the proof. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.lab.node;
