/**
 * The whole site as one immutable value.
 *
 * <p>A {@link io.diskless.cluster.model.Model} holds {@link io.diskless.cluster.model.Entity entities} by typed name, with an
 * index of who refers to whom and who claims what; a changed model shares all but a few nodes with the old one. A
 * {@link io.diskless.cluster.model.Cluster} is what is wanted beside what was seen. The entities live in the packages below
 * this one.
 */
package io.diskless.cluster.model;
