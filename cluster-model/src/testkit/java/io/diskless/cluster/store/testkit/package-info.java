/** The contract of stores, for those who write one. */
@org.jspecify.annotations.NullMarked
package io.diskless.cluster.store.testkit;
