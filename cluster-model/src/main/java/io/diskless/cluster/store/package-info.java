/**
 * Where a site is kept: a history of commits that only grows, each with who, why and what was before and after; leases whose
 * tokens fence off writers that came too late; and watches without gaps. {@link io.diskless.cluster.store.EmbeddedStore} keeps
 * it in a folder; other stores pass the same contract, which is published with the classifier {@code testkit}.
 *
 * <p>Needs {@code jackson-core}.
 */
@org.jspecify.annotations.NullMarked
package io.diskless.cluster.store;
