/**
 * Stock Linux kernels as DRBD peers, in emulated machines: what the integration tests replicate with, and what an embedder
 * may test his own node against. It is for tests; nothing here runs in production.
 */
@org.jspecify.annotations.NullMarked
package io.diskless.drbd.testkit;
