@org.jspecify.annotations.NullMarked
package io.diskless.cluster.store.internal;
