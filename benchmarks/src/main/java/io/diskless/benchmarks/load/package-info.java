/** Load drivers: a bare requester that is as small as a client can be, and contests between targets with it as judge. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.load;
