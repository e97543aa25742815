/**
 * What tests of block devices share: the contract that every device passes, a device that remembers all writes and shows
 * what a power cut may leave of them, and a device with faults at will.
 *
 * <p>Published with the classifier {@code testkit}; the contract needs JUnit 5 and AssertJ on the class path.
 */
@org.jspecify.annotations.NullMarked
package io.diskless.cluster.block.testkit;
