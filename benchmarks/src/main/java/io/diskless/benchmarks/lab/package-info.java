/**
 * The lab: a small site of two storage nodes and two application nodes that loses a storage node under load and proves
 * that no block was lost. {@link io.diskless.benchmarks.lab.Main} is its command.
 */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.lab;
