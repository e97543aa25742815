/**
 * Real peers for integration tests: where their programs are, a network namespace to meet them in, and processes and
 * emulated guests that never outlive the tests. {@code .ci/peers} fetches what this package runs.
 */
package io.diskless.cluster.testkit.peer;
