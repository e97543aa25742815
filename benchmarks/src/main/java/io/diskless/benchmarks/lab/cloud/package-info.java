/** The second story of the lab: a whole cloud, from its model, with plans carried out while guests work. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.lab.cloud;
