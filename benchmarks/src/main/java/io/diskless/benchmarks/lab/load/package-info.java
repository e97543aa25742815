/** A load of random reads and writes that knows what every block must hold. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.lab.load;
