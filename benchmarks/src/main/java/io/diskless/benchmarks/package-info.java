/** JMH benchmarks, the load driver and the lab. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks;
