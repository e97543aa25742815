/** Operations become plans: steps as data with their order, pre- and postconditions, undo and impact. */
package io.diskless.cluster.plan;
