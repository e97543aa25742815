/** The persistent map that models are made of. */
package io.diskless.cluster.model.internal;
