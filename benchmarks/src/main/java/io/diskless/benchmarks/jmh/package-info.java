/** JMH benchmarks, one class per question. Run them with {@code org.openjdk.jmh.Main} and {@code -prof gc}. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.jmh;
